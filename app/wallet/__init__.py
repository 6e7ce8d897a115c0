"""Calls owed to operators' wallets: what they are, how they are sent, and how often."""
