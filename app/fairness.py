"""What anybody may check: the public record of a round."""

from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.ledger import records
from app.ledger.database import Database


class PublicRound(msgspec.Struct, frozen=True, kw_only=True):
    """`/fair/rounds/<id>.json`. `crash` in hundredths; seed and crash are null until the end."""

    round: UUID
    table: str
    nonce: int
    server_seed_hash: str
    server_seed: str | None
    public_salt: str
    bets_root: str | None
    beacon: str | None
    client_seed: str | None
    rules_hash: str
    rtp_bps: int
    cap: int
    growth: int
    crash: int | None
    started_at: str | None
    status: str


@get("/fair/rounds/{name:str}", include_in_schema=False)
async def fair_round(name: FromPath[str], database: NamedDependency[Database]) -> Response[bytes]:
    """By `<round id>.json`; 404 for anything else."""
    try:
        round_id = UUID(name.removesuffix(".json"))
    except ValueError:
        return _json({"code": "not_found", "message": "there is no such round"}, 404)
    record = await records.round_record(database, round_id)
    if record is None:
        return _json({"code": "not_found", "message": "there is no such round"}, 404)
    fields = msgspec.structs.asdict(record)
    public = {key: fields[key] for key in PublicRound.__struct_fields__ if key in fields}
    started = record.started_at
    shown = PublicRound(
        **(public | {"status": record.phase, "started_at": started and started.isoformat()})
    )
    return _json(shown, 200)


def _json(body: object, status: int) -> Response[bytes]:
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type="application/json",
        headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"},
    )
