"""A bet's way in: checked, committed, debited, and taken back while the window is open."""
