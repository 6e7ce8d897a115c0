"""RFC 6455 text frames, built once and written to many sockets."""

from typing import Final

from engine.errors import require

MAX_PAYLOAD: Final = 64 * 1024
"""Bytes. Only `welcome` comes near a tenth of it; a payload beyond it is a fault of ours."""

_FIN_TEXT: Final = 0x81
_SIZE_IN_16_BITS: Final = b"\x81\x7e"
_SIZE_IN_64_BITS: Final = b"\x81\x7f"


def text_frame(payload: bytes) -> bytes:
    """One whole message as a server sends it: a single final frame, unmasked (RFC 6455, 5.2).

    `payload` is UTF-8 text, at most `MAX_PAYLOAD` bytes, else `InvariantError`. Valid only on a
    connection that negotiated no extension.
    """
    size = len(payload)
    require(size <= MAX_PAYLOAD, f"a frame of {size} bytes is over the bound of {MAX_PAYLOAD}")
    if size < 126:
        return bytes((_FIN_TEXT, size)) + payload
    if size < 1 << 16:
        return _SIZE_IN_16_BITS + size.to_bytes(2, "big") + payload
    return _SIZE_IN_64_BITS + size.to_bytes(8, "big") + payload
