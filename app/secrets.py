"""What keeps secrets secret: the redacted wrapper, the vault for what is stored, and tokens."""

import hashlib
import hmac
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16


class Secret:
    """Text that shows itself only when asked by `reveal()`: no repr, str or format prints it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Call it where the text is used, and keep the wrapper everywhere else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)


class VaultError(Exception):
    """A sealed value that does not open. It never says which of the possible reasons it was."""

    def __init__(self) -> None:
        super().__init__(
            "a stored secret does not open: it was altered, or sealed under another"
            " APOGEE_SECRET_KEY or for another owner"
        )


class Vault:
    """AES-256-GCM for secrets at rest, with one key per purpose derived from the secret key.

    A sealed value is a version byte, a random 96-bit nonce, and the ciphertext with its tag.
    Version and context are authenticated: a value copied to another row does not open there.
    """

    def __init__(self, secret_key: Secret) -> None:
        self._root = secret_key
        self._ciphers: dict[str, AESGCM] = {}

    def seal(self, plaintext: bytes, *, purpose: str, context: bytes) -> bytes:
        """Encrypt. `purpose` names the kind of secret, `context` the one row it belongs to."""
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = self._cipher(purpose).encrypt(nonce, plaintext, _VERSION + context)
        return _VERSION + nonce + ciphertext

    def open(self, sealed: bytes, *, purpose: str, context: bytes) -> bytes:
        """Decrypt what `seal` made with the same purpose and context. Raises `VaultError`."""
        body = 1 + _NONCE_BYTES
        if sealed[:1] != _VERSION or len(sealed) < body + _TAG_BYTES:
            raise VaultError
        try:
            return self._cipher(purpose).decrypt(sealed[1:body], sealed[body:], _VERSION + context)
        except InvalidTag:
            raise VaultError from None

    def _cipher(self, purpose: str) -> AESGCM:
        cipher = self._ciphers.get(purpose)
        if cipher is None:
            derivation = HKDF(SHA256(), length=32, salt=None, info=f"apogee:{purpose}".encode())
            cipher = AESGCM(derivation.derive(self._root.reveal().encode()))
            self._ciphers[purpose] = cipher
        return cipher


def hash_key(key: str) -> bytes:
    """The 32 bytes stored instead of an API key or token.

    Plain SHA-256 is enough for keys of `new_token`: 256 random bits leave nothing to guess.
    """
    return hashlib.sha256(key.encode()).digest()


def new_token(prefix: str) -> str:
    """`<prefix>_<64 hex>`: 256 random bits, in the form that `app.log` always blots out."""
    return f"{prefix}_{secrets.token_hex(32)}"
