"""Running the tables: who leads, the round loop, the secret chain, and what a crash left behind."""
