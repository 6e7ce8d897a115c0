"""Sends what is due: credits, rollbacks, closes and records, until each is acknowledged.

Everything it needs is in the op's row, so any worker can take over any op after a crash. It also
declares the debits unknown whose sender vanished; it never sends a debit itself.
"""

import asyncio
import random
from contextlib import suppress
from typing import Literal

from app.bus import channels
from app.bus.base import Bus
from app.bus.messages import BetMoved, OpsDue
from app.ledger import ops as ledger_ops
from app.ledger.database import TRANSIENT, Database
from app.ledger.entries import FinishDebit, FinishOp
from app.ledger.errors import LedgerUnavailable
from app.ledger.journal import Journal
from app.ledger.ops import ClaimedOp, LapsedDebit
from app.log import get_logger
from app.wallet import settlement
from app.wallet.execution import CREDIT_DEADLINE_S, Attempt, Wallets
from app.wallet.ops import Accepted, Declined, OpKind, Unknown
from app.wallet.retry import delay_s
from engine.bet import BetState
from engine.errors import InvariantError

log = get_logger(__name__)

LEASE_S = CREDIT_DEADLINE_S + 10
MAX_IN_FLIGHT = 256
CLAIM = 64
IDLE_S = 1

_WHEN_DONE = {OpKind.CREDIT: BetState.CREDITED, OpKind.ROLLBACK: BetState.ROLLED_BACK}
_WHEN_PARKED = {OpKind.CREDIT: BetState.CREDIT_PARKED, OpKind.ROLLBACK: BetState.ROLLBACK_PARKED}


class WalletWorker:
    """Run with `run()` until cancelled; ops in flight then are left to their leases."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        bus: Bus,
        wallets: Wallets,
    ) -> None:
        self._database = database
        self._journal = journal
        self._bus = bus
        self._wallets = wallets
        self._nudged = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        unsubscribe = self._bus.subscribe(channels.WALLET, self._nudge)
        try:
            while True:
                try:
                    await self._pass()
                except Exception as error:  # whatever befalls one pass, the next one comes
                    away = isinstance(error, (*TRANSIENT, LedgerUnavailable))
                    log.warning(
                        "wallet_worker_waits", reason=type(error).__name__, exc_info=not away
                    )
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await self._nudged.wait()
                self._nudged.clear()
        finally:
            unsubscribe()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _nudge(self, _: OpsDue) -> None:
        self._nudged.set()

    async def _pass(self) -> None:
        await ledger_ops.requeue_lapsed(self._database)
        lapsed = await ledger_ops.lapsed_debits(self._database)
        given_up = await asyncio.gather(
            *(self._give_up_debit(debit) for debit in lapsed), return_exceptions=True
        )
        for debit, error in zip(lapsed, given_up, strict=True):
            if error is not None:
                log.error("debit_not_given_up", op=debit.op, error=repr(error))
        while (room := MAX_IN_FLIGHT - len(self._tasks)) > 0:
            claimed = await ledger_ops.claim_due(self._database, min(room, CLAIM), LEASE_S)
            for op in claimed:
                task = asyncio.create_task(self._settle(op), name=f"op:{op.id}")
                self._tasks.add(task)
                task.add_done_callback(self._settled)
            if len(claimed) < CLAIM:
                return

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if len(self._tasks) == MAX_IN_FLIGHT - 1:
            self._nudged.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("op_failed", task=task.get_name(), error=repr(error))

    async def _settle(self, op: ClaimedOp) -> None:
        """One attempt and its commit. A fault here leaves the lease to lapse: nothing is lost."""
        try:
            attempt = await self._wallets.attempt(
                op.wallet_op(), op.operator_id, CREDIT_DEADLINE_S, op.body_sha256
            )
        except InvariantError as error:
            log.error("op_parked", op=op.id, error=str(error))
            await self._journal.submit(_finish(op, None, "parked", str(error)))
            return
        except LedgerUnavailable:
            raise
        except Exception as error:  # a fault of ours is no answer: it is tried again like one
            log.exception("op_not_attempted", op=op.id)
            attempt = Attempt(Unknown(f"fault: {type(error).__name__}"), None)
        entry = _conclude(op, attempt, random.random())  # noqa: S311 - spreads retries only
        if not await self._journal.submit(entry):
            return
        if entry.status == "done":
            self._tell(op, entry)
            self._nudged.set()
        else:
            log.warning(
                "op_unacknowledged",
                op=op.id,
                kind=op.kind,
                attempt=op.attempt,
                reason=entry.reason,
                status=entry.status,
            )

    def _tell(self, op: ClaimedOp, entry: FinishOp) -> None:
        if entry.bet_state is not None:
            self._bus.publish(
                channels.operator_players(op.operator_id),
                BetMoved(
                    player=op.player_id,
                    table=op.table_id,
                    currency=op.currency,
                    bet=op.bet,
                    slot=op.slot,
                    ref=op.ref,
                    state=entry.bet_state,
                    amount=op.stake,
                    payout=op.payout,
                    balance=entry.balance,
                ),
            )

    async def _give_up_debit(self, debit: LapsedDebit) -> None:
        dialect = self._wallets.dialect(debit.dialect)
        state = await self._journal.submit(
            FinishDebit(
                stake=debit.stake,
                op=debit.op,
                outcome="unknown",
                rollback=settlement.rollback(dialect, debit.stake.bet, debit.stake.amount),
                reason="its sender is gone",
            )
        )
        self._bus.publish(
            channels.operator_players(debit.stake.operator),
            BetMoved(
                player=debit.player_id,
                table=debit.table_id,
                currency=debit.stake.currency,
                bet=debit.stake.bet,
                slot=debit.slot,
                ref=debit.ref,
                state=state,
                amount=debit.stake.amount,
            ),
        )


def _conclude(op: ClaimedOp, attempt: Attempt, jitter: float) -> FinishOp:
    """What an attempt means for its op: done, due again, or parked at the schedule's end."""
    outcome = attempt.outcome
    if isinstance(outcome, Accepted):
        return _finish(op, attempt, "done", None, balance=outcome.balance)
    if isinstance(outcome, Declined):
        reason, retry_after = f"declined: {outcome.code}", None
    elif isinstance(outcome, Unknown):
        reason, retry_after = outcome.reason, outcome.retry_after_s
    else:
        reason, retry_after = outcome.reason, None
    delay = delay_s(op.attempt, jitter, retry_after)
    if delay is None:
        return _finish(op, attempt, "parked", reason)
    return _finish(op, attempt, "due", reason, retry_s=delay)


def _finish(
    op: ClaimedOp,
    attempt: Attempt | None,
    status: Literal["done", "due", "parked"],
    reason: str | None,
    *,
    balance: int | None = None,
    retry_s: float = 0,
) -> FinishOp:
    moves = {"done": _WHEN_DONE, "parked": _WHEN_PARKED, "due": {}}[status]
    return FinishOp(
        op=op.id,
        attempt=op.attempt,
        bet=op.bet,
        session=op.session,
        status=status,
        bet_state=moves.get(op.kind),
        reason=reason,
        balance=balance,
        retry_s=retry_s,
        body_sha256=attempt.body_sha256 if attempt is not None else None,
    )
