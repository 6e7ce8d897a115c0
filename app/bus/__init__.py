"""Fan-out and control between the parts of the system: channels, messages, and who carries them."""
