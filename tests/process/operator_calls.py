"""An operator's calls, signed as the contract says and by nothing of the server's."""

import hashlib
import hmac
import json
import time
from typing import Any

import aiohttp

from tests.live import Message

LAUNCH = "/api/public/rgs/launch"


def signed(credentials: Message, method: str, path: str, body: bytes) -> dict[str, str]:
    now = str(int(time.time()))
    text = f"{now}.{method}.{path}.{hashlib.sha256(body).hexdigest()}"
    made = hmac.new(credentials["hmac_secret"].encode(), text.encode(), hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "X-Operator-Id": credentials["operator_id"],
        "X-Operator-Key": credentials["api_key"],
        "X-Timestamp": now,
        "X-Signature": made.hexdigest(),
    }


async def launch(
    http: aiohttp.ClientSession, base_url: str, credentials: Message, **asked: Any
) -> tuple[int, Message]:
    """Status and body of the answer."""
    body = json.dumps({"operator_player_id": "p-1", "currency": "USD", **asked}).encode()
    headers = signed(credentials, "POST", LAUNCH, body)
    async with http.post(f"{base_url}{LAUNCH}", data=body, headers=headers) as answer:
        return answer.status, await answer.json()
