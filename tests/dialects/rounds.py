"""Round records as the ledger would tell them."""

import hashlib
from datetime import timedelta

import msgspec

from app.operators.model import InclusionProof, RoundRecord
from engine.bet import BetState
from tests.dialects.belongs_to_others import NOW
from tests.dialects.kits import NEIGHBOURS_ROUND, NO_ROUND, ROUND

SEED = hashlib.sha256(b"a seed").hexdigest()
CLIENT_SEED = hashlib.sha256(b"a salt").hexdigest()

RUNNING = RoundRecord(
    round=NO_ROUND,
    table="apogee-9600-200000-6-live",
    phase="running",
    nonce=3,
    server_seed_hash=hashlib.sha256(SEED.encode()).hexdigest(),
    server_seed=None,
    public_salt="a salt",
    client_seed=CLIENT_SEED,
    bets_root="b" * 64,
    beacon=None,
    rules_hash="c" * 64,
    rtp_bps=9600,
    cap=200_000,
    growth=6,
    crash=None,
    started_at=NOW - timedelta(seconds=12),
)
"""A table round in flight, asked for by its own id."""

CRASHED = msgspec.structs.replace(RUNNING, phase="crashed", server_seed=SEED, crash=487)

WON = msgspec.structs.replace(
    CRASHED,
    bet=ROUND,
    bet_status=BetState.CREDITED.value,
    multiplier=250,
    payout=25_000,
    proof=InclusionProof(leaf='{"bet":"…"}', index=1, size=2, path=("d" * 64,)),
)
"""The round of a bet of 100.00 that cashed out at 2.50x."""

CASHED_OUT_IN_FLIGHT = msgspec.structs.replace(
    WON, phase="running", server_seed=None, crash=None, bet_status=BetState.CREDIT_PENDING.value
)
LOST = msgspec.structs.replace(WON, bet_status=BetState.LOST.value, multiplier=0, payout=0)
VOID = msgspec.structs.replace(
    WON, phase="void", bet_status=BetState.ROLLED_BACK.value, multiplier=None, payout=None
)
NEIGHBOURS = msgspec.structs.replace(WON, bet=NEIGHBOURS_ROUND)
