"""When an unacknowledged credit or rollback is tried again. Pure; randomness comes in."""

_SCHEDULE_S = (1, 2, 5, 10, 30, 120, 300, 600, 1800, 3600)
_GIVE_UP_AFTER_S = 72 * 3600
_JITTER_PERCENT = 20


def delay_s(attempt: int, jitter: float, retry_after_s: int | None) -> float | None:
    """Seconds until the next attempt after the `attempt`-th (from 1) failed; `None`: park it.

    `jitter` is uniform in [0, 1) and spreads the delay by ±20 %. The wallet's own Retry-After is
    honoured when it asks for longer, up to an hour.
    """
    if _waited_s(attempt) >= _GIVE_UP_AFTER_S:
        return None
    base = _SCHEDULE_S[min(attempt, len(_SCHEDULE_S)) - 1]
    spread = base * (100 - _JITTER_PERCENT + 2 * _JITTER_PERCENT * jitter) / 100
    return max(spread, min(retry_after_s or 0, 3600))


def _waited_s(attempt: int) -> int:
    """Nominal seconds from the first attempt to the `attempt`-th."""
    listed = sum(_SCHEDULE_S[: attempt - 1])
    return listed + max(0, attempt - 1 - len(_SCHEDULE_S)) * _SCHEDULE_S[-1]
