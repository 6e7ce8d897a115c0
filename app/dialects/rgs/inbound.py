"""The operator's side of the contract: `POST /launch` and `GET /round/<id>`."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.params import FromPath, SkipValidation

from app.clock import WallClock
from app.dialects.base import owner
from app.dialects.exact_json import NotExact, read_object
from app.dialects.raw_call import RawCall, is_fresh, raw_call, unix_seconds
from app.dialects.refusals import AnyRequest, CallRefused, json_answer, refusing
from app.dialects.rgs import codes
from app.dialects.rgs.schema import (
    DEFAULT_TTL_S,
    LaunchAnswer,
    LaunchBody,
    OutcomeAnswer,
    ProofAnswer,
    RoundAnswer,
)
from app.dialects.rgs.signing import STRANGER, Presented, verify
from app.operators.model import InclusionProof, LaunchRequest, Operator, OperatorPort, RoundRecord
from engine.bet import BetState
from engine.money import format_multiplier
from engine.seeds import outcome_digest

NAME = "rgs"
PREFIX = "/api/public/rgs"
TOLERANCE_S = 300
REVEALED = frozenset({"crashed", "void"})

_decode_launch = msgspec.json.Decoder(LaunchBody).decode


class VerifiedCall(msgspec.Struct, frozen=True):
    """A call whose signature held."""

    operator: Operator
    body: bytes


async def verified_call(
    request: AnyRequest,
    operators: SkipValidation[OperatorPort],
    clock: SkipValidation[WallClock],
) -> VerifiedCall:
    """Check headers, time, key and signature on the raw bytes. Raises `CallRefused` (401)."""
    call = await raw_call(request)
    operator_id = _uuid(_required(call, b"x-operator-id").decode("latin-1"))
    presented = Presented(
        api_key=_required(call, b"x-operator-key"),
        timestamp=_required(call, b"x-timestamp"),
        signature=_required(call, b"x-signature"),
        hmac_secret=call.header(b"x-operator-hmac"),
    )
    _check_time(presented.timestamp, clock.now())
    found = await operators.find(operator_id, NAME) if operator_id is not None else None
    verdict = verify(call, presented, STRANGER if found is None else found[1])
    if found is None or not verdict.identified:
        raise CallRefused(401, "invalid_credentials", "Operator id, key or secret is not valid.")
    if not verdict.signed:
        raise CallRefused(
            401,
            "invalid_signature",
            "X-Signature is the hex HMAC-SHA256 of <ts>.<METHOD>.<path>.<sha256hex(body)>"
            " under the operator's secret, over the bytes as sent.",
        )
    return VerifiedCall(found[0], call.body)


@post("/launch", status_code=200)
async def launch(
    verified: SkipValidation[VerifiedCall], operators: SkipValidation[OperatorPort]
) -> Response[bytes]:
    """Open a player session."""
    asked = read_launch(verified.body)
    opened = await operators.launch(verified.operator, asked)
    answer = LaunchAnswer(
        ok=True,
        session_id=str(opened.session_id),
        launch_url=opened.launch_url,
        expires_at=opened.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return json_answer(200, msgspec.json.encode(answer))


@get("/round/{round_id:str}")
async def show_round(
    verified: SkipValidation[VerifiedCall],
    operators: SkipValidation[OperatorPort],
    round_id: FromPath[str],
) -> Response[bytes]:
    """One round, by a bet's id or a table round's. A suspended operator may still look back."""
    identifier = _uuid(round_id)
    record = None
    if identifier is not None:
        record = await operators.round_record(verified.operator, identifier)
    if record is None:
        raise CallRefused(404, "round_not_found", "There is no round of yours with this id.")
    return json_answer(200, msgspec.json.encode(round_answer(record)))


def read_launch(body: bytes) -> LaunchRequest:
    """Raises `CallRefused` (400) with a sentence that names the field."""
    try:
        read_object(body)
        asked = _decode_launch(body)
    except msgspec.ValidationError as error:
        raise CallRefused(400, "invalid_request", f"{error}.") from None
    except (NotExact, msgspec.DecodeError) as error:
        raise CallRefused(400, "malformed_json", f"The body is no JSON object: {error}.") from None
    if not asked.operator_player_id.isprintable():
        raise CallRefused(400, "invalid_request", "operator_player_id is printable text.")
    if asked.title is not None and asked.game not in (None, asked.title):
        raise CallRefused(400, "invalid_request", "title and game name two different games.")
    return LaunchRequest(
        player=asked.operator_player_id,
        currency=asked.currency,
        ttl_seconds=DEFAULT_TTL_S if asked.ttl_seconds is None else asked.ttl_seconds,
        balance=asked.balance_minor,
        title=asked.title if asked.title is not None else asked.game,
        lang=asked.lang or "en",
        return_url=asked.return_url,
        country=asked.country,
    )


def round_answer(record: RoundRecord) -> RoundAnswer:
    """A bet's round has the bet's `status`, a table round its phase.

    Seed and outcome are held back until the table's round is over, whatever the record holds.
    """
    seed = record.server_seed if record.phase in REVEALED else None
    multiplier = record.multiplier
    status = record.phase
    if record.bet_status is not None:
        status = codes.STATUS_WORDS[BetState(record.bet_status)]
    return RoundAnswer(
        server_seed=seed,
        server_seed_hash=record.server_seed_hash,
        client_seed=record.client_seed,
        nonce=record.nonce,
        outcome=None if seed is None else _outcome(record, seed),
        realized_multiplier=None if multiplier is None else _number(multiplier),
        payout_minor=record.payout,
        status=status,
        bets_root=record.bets_root,
        public_salt=record.public_salt,
        rules_hash=record.rules_hash,
        proof=_proof(record.proof),
    )


def _outcome(record: RoundRecord, seed: str) -> OutcomeAnswer | None:
    client_seed = record.client_seed
    if record.crash is None or client_seed is None:
        return None
    scenery = (outcome_digest(seed, client_seed, record.nonce, s) for s in ("map", "loot", "guard"))
    return OutcomeAnswer(_number(record.crash), *scenery)


def _proof(proof: InclusionProof | None) -> ProofAnswer | None:
    if proof is None:
        return None
    return ProofAnswer(leaf=proof.leaf, index=proof.index, size=proof.size, path=proof.path)


def _number(multiplier: int) -> msgspec.Raw:
    return msgspec.Raw(format_multiplier(multiplier).encode("ascii"))


def _required(call: RawCall, name: bytes) -> bytes:
    value = call.header(name)
    if not value:
        shown = name.decode("ascii").title()
        raise CallRefused(401, "missing_header", f"The header {shown} is required.")
    return value


def _check_time(stamp: bytes, now: datetime) -> None:
    timestamp = unix_seconds(stamp)
    if timestamp is None:
        raise CallRefused(401, "bad_timestamp", "X-Timestamp is Unix time in whole seconds.")
    if not is_fresh(timestamp, now, TOLERANCE_S):
        raise CallRefused(
            401, "stale_timestamp", f"X-Timestamp is over {TOLERANCE_S} s away from our clock."
        )


def _uuid(text: str) -> UUID | None:
    """The usual 36 characters only, of the many forms `UUID` reads."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


router = Router(
    PREFIX,
    route_handlers=[launch, show_round],
    dependencies={"verified": Provide(verified_call)},
    exception_handlers={Exception: refusing(NAME, codes.error_body, codes.STATUS_OF)},
    opt=owner(NAME),
)
