"""The same over TLS, where the transport is another and there is no way past it."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import connect

from app.play.outbox import Backlog
from tests.play.sockets.server import BOUND_S, live, server_frame


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(here, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(private)
    return files


async def test_an_encrypted_socket_slows_down_and_recovers_with_every_frame(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    trusted = ssl.create_default_context(cafile=certificate)
    roomy = Backlog(max_bytes=1 << 30, max_frames=1 << 30)
    async with (
        live(backlog=roomy, ssl_certfile=str(certificate), ssl_keyfile=str(key)) as room,
        connect(room.url.replace("ws:", "wss:"), ssl=trusted) as client,
    ):
        await room.until(lambda: "" in room.outboxes)
        outbox = room.outboxes[""]
        for number in range(400):
            outbox.send(server_frame(f"{number}" + "." * 5_000))
        assert not outbox.clear
        async with asyncio.timeout(BOUND_S):
            got = [str(await client.recv()).rstrip(".") for _ in range(400)]
        assert got == [str(number) for number in range(400)]
        await room.until(lambda: outbox.clear)
