"""What can go wrong between us and the ledger, beyond a refused row."""


class LedgerError(Exception):
    """Root of this room's errors."""


class StaleEpoch(LedgerError):
    """The writer is no longer the table's runner. Nothing was changed; it must stop."""


class LedgerUnavailable(LedgerError):
    """PostgreSQL did not answer in time. Whether the write happened is unknown to the caller, but
    every entry is idempotent, so the same entry may be submitted again."""


class MigrationDrift(LedgerError):
    """An applied migration's file has changed, or the database is newer than this code."""
