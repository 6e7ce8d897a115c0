"""Looking operators up: a short-lived cache in front of the ledger, secrets opened on use."""

from uuid import UUID

import msgspec

from app.clock import Monotonic
from app.ledger import tenants
from app.ledger.database import Database
from app.operators.model import Credentials, Operator, OperatorSecrets
from app.secrets import Vault

PURPOSE = "operator-secrets"
TTL_MS = 2_000
"""How long a suspension or a rotation may go unnoticed by a process."""

_decode = msgspec.json.Decoder(OperatorSecrets).decode


class Known(msgspec.Struct, frozen=True):
    operator: Operator
    credentials: Credentials

    @property
    def secrets(self) -> OperatorSecrets:
        """Those our own calls are signed with: the newest."""
        return self.credentials.secrets[0]


class Directory:
    """Operators by id. Bounded by the number of operators there are."""

    def __init__(self, database: Database, vault: Vault, clock: Monotonic) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._cache: dict[UUID, tuple[int, Known]] = {}

    async def get(self, operator_id: UUID) -> Known | None:
        """The operator, active or not, as of at most two seconds ago."""
        now_ms = self._clock.now_ms()
        cached = self._cache.get(operator_id)
        if cached is not None and now_ms - cached[0] < TTL_MS:
            return cached[1]
        operator = await tenants.operator_by(self._database, str(operator_id))
        if operator is None:
            return None
        rows = await tenants.credentials(self._database, operator_id)
        if not rows:
            return None
        opened = tuple(
            _decode(
                self._vault.open(row.sealed_secrets, purpose=PURPOSE, context=operator_id.bytes)
            )
            for row in rows
        )
        known = Known(operator, Credentials(rows[0].api_key_sha256, opened))
        self._cache[operator_id] = (now_ms, known)
        return known


def seal_secrets(vault: Vault, operator_id: UUID, secrets: OperatorSecrets) -> bytes:
    """The stored form of an operator's secrets."""
    return vault.seal(msgspec.json.encode(secrets), purpose=PURPOSE, context=operator_id.bytes)
