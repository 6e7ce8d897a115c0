"""The server around the rules: operators, dialects, wallets, rounds, play, and their storage."""
