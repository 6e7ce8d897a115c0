"""Bytes that operators see, kept as files: a change to one is a change to the contract."""

from pathlib import Path

from app.wallet.ops import WalletRequest

_FOLDER = Path(__file__).parent / "golden"


def golden(dialect: str, name: str) -> bytes:
    """A file's content, without the final line feed that editors want."""
    return (_FOLDER / dialect / name).read_bytes().removesuffix(b"\n")


def as_http(request: WalletRequest) -> bytes:
    """An outbound request as text: URL, headers in order, an empty line, the body."""
    headers = [f"{name}: {value}" for name, value in request.headers]
    return "\n".join([f"POST {request.url}", *headers, "", ""]).encode() + request.body
