"""What client and servers share: the handshake as sent, and the tick."""

from uuid import UUID

from app.play.messages import Tick, encode

HANDSHAKE = b"\r\n".join(
    (
        b"GET /play/ws HTTP/1.1",
        b"Host: play.example.com",
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        b"Origin: https://play.example.com",
        b"Pragma: no-cache",
        b"Cache-Control: no-cache",
        b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
        b"Accept-Encoding: gzip, deflate, br, zstd",
        b"Accept-Language: en-GB,en;q=0.9",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        b"\r\n",
    )
)
"""As long as a browser's: what a server keeps of it is part of what a socket costs."""
ROUND = UUID("01930000-0000-7000-8000-000000000001")
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def tick_payload(number: int) -> bytes:
    """The `number`th tick's JSON; all are of one length, which is how they are counted."""
    return encode(Tick(round=ROUND, e=10_000 + number % 90_000, m=237))


FRAME_BYTES = len(tick_payload(0)) + 2
