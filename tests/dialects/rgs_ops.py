"""One bet's ops in the `rgs` contract: as they are sent, and as answers to them are read."""

import json
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import msgspec

from app.dialects.rgs import RGS
from app.operators.model import OperatorSecrets
from app.wallet.ops import OpKind, Outcome, WalletOp, WalletRequest, WalletResponse
from tests.dialects.belongs_to_others import NOW, SESSION
from tests.dialects.kits import OWN, ROUND, operator

CODEC = RGS.codec
SECRETS = OperatorSecrets("inbound secret", "wallet secret")
OPERATOR = operator(OWN, "rgs")
MONEY_KINDS = (OpKind.DEBIT, OpKind.CREDIT, OpKind.ROLLBACK)


def op(kind: OpKind, **changes: object) -> WalletOp:
    made = WalletOp(
        id=UUID("01981f6c-0000-7000-8000-0000000000e0"),
        kind=kind,
        transaction_id=CODEC.transaction_id(kind, ROUND),
        original_transaction_id=None,
        amount=25_000 if kind is OpKind.CREDIT else 10_000,
        currency="USD",
        bet=ROUND,
        stake=10_000,
        multiplier=250 if kind is OpKind.CREDIT else None,
        session=SESSION,
        player="player-42",
        title="apogee",
    )
    return msgspec.structs.replace(made, **changes)


def encode(made: WalletOp, wallet_url: str = OPERATOR.wallet_url, age_s: int = 0) -> WalletRequest:
    at = NOW + timedelta(seconds=age_s)
    receiver = msgspec.structs.replace(OPERATOR, wallet_url=wallet_url)
    return CODEC.encode(made, receiver, SECRETS, at)


def decode(
    kind: OpKind, status: int, body: bytes | Mapping[str, object], **headers: str
) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(dict(body)).encode()
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return CODEC.decode(op(kind), WalletResponse(status, named, raw))
