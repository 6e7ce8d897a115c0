"""The rules of the game: pure functions and small state machines over integers.

Standard library only. No clock, no randomness, no I/O, no floats: times, random bytes and
settings come in as arguments, so that every result can be recomputed by anyone.
"""
