"""One attempt at one op: what must be the same each time, and what is never sent twice."""

from datetime import UTC, datetime

import msgspec
import pytest

from app.clock import SystemMonotonic
from app.dialects import DIALECTS
from app.ids import new_id
from app.ledger.database import Database
from app.operators.directory import Directory
from app.wallet.client import Sender
from app.wallet.execution import Wallets
from app.wallet.ops import NeverSent, OpKind, Unknown, WalletOp, WalletRequest, WalletResponse
from engine.errors import InvariantError
from tests.ledger.casino import VAULT, open_casino


class _Silent(Sender):
    """Counts what would have left."""

    sent = 0

    async def send(
        self, request: WalletRequest, deadline_s: float
    ) -> WalletResponse | Unknown | NeverSent:
        self.sent += 1
        return Unknown("nobody answered")


class _Noon:
    def now(self) -> datetime:
        return datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", [OpKind.CREDIT, OpKind.DEBIT])
async def test_a_second_attempt_sends_the_first_ones_body_or_nothing(
    database: Database, kind: OpKind
) -> None:
    casino = await open_casino(database)
    sender = _Silent(public_only=False)
    wallets = Wallets(
        Directory(database, VAULT, SystemMonotonic()),
        {dialect.name: dialect for dialect in DIALECTS},
        sender,
        _Noon(),
    )
    bet = new_id()
    op = WalletOp(
        id=new_id(),
        kind=kind,
        transaction_id=f"t-{bet}",
        original_transaction_id=None,
        amount=100,
        currency="USD",
        bet=bet,
        stake=100,
        multiplier=150 if kind is OpKind.CREDIT else None,
        session=new_id(),
        player="p",
        title=casino.table.title,
    )
    first = await wallets.attempt(op, casino.operator.id, 1)
    assert sender.sent == 1
    if kind is OpKind.CREDIT:
        await wallets.attempt(op, casino.operator.id, 1, first.body_sha256)
        assert sender.sent == 2
        op = msgspec.structs.replace(op, amount=101)
    with pytest.raises(InvariantError):
        await wallets.attempt(op, casino.operator.id, 1, first.body_sha256)
    assert sender.sent == (2 if kind is OpKind.CREDIT else 1)
