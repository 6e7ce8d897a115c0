"""The names of all channels, in one place."""

from uuid import UUID

WALLET = "wallet"
"""`OpsDue` for whoever sends ops."""


def table(table_id: str) -> str:
    """`TableEvent`s of one table, and the address of its runner for `TableCommand`s."""
    return f"table:{table_id}"


def operator_players(operator: UUID) -> str:
    """`PlayerEvent`s of one operator's players."""
    return f"players:{operator}"
