"""Secrets stay unseen, sealed values open only where they belong, tokens cannot be guessed."""

import hashlib

import pytest

from app.log import redact
from app.secrets import Secret, Vault, VaultError, hash_key, new_token

KEY = Secret("a development key of enough characters")
PLAIN = b"the tip of a chain"
GOLDEN = (
    "015e618ea4d160488d3a96161445e4f85f666d988999565419eeca0e2efbe77b826896f8d4d10fea7f44ef897306cf"
)


def seal(vault: Vault) -> bytes:
    return vault.seal(PLAIN, purpose="chain", context=b"row 1")


def test_a_secret_shows_itself_only_when_asked() -> None:
    assert KEY.reveal() not in f"{KEY} {KEY!r} {[KEY]}"
    assert Secret(KEY.reveal()) == KEY
    assert Secret("another") != KEY


def test_what_is_sealed_opens_with_the_same_key_purpose_and_context() -> None:
    sealed = seal(Vault(KEY))
    assert PLAIN not in sealed
    assert Vault(Secret(KEY.reveal())).open(sealed, purpose="chain", context=b"row 1") == PLAIN


def test_an_empty_value_can_be_sealed() -> None:
    vault = Vault(KEY)
    sealed = vault.seal(b"", purpose="chain", context=b"")
    assert vault.open(sealed, purpose="chain", context=b"") == b""


def test_sealing_twice_gives_two_different_values() -> None:
    assert seal(Vault(KEY)) != seal(Vault(KEY))


@pytest.mark.parametrize(
    ("key", "purpose", "context"),
    [
        ("another key of enough characters..", "chain", b"row 1"),
        (KEY.reveal(), "wallet", b"row 1"),
        (KEY.reveal(), "chain", b"row 2"),
    ],
)
def test_another_key_purpose_or_row_does_not_open_it(
    key: str, purpose: str, context: bytes
) -> None:
    sealed = seal(Vault(KEY))
    with pytest.raises(VaultError):
        Vault(Secret(key)).open(sealed, purpose=purpose, context=context)


def test_a_change_of_any_byte_is_noticed() -> None:
    vault = Vault(KEY)
    sealed = seal(vault)
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(VaultError):
            vault.open(bytes(altered), purpose="chain", context=b"row 1")


def test_a_truncated_value_is_noticed() -> None:
    vault = Vault(KEY)
    sealed = seal(vault)
    for length in range(len(sealed)):
        with pytest.raises(VaultError):
            vault.open(sealed[:length], purpose="chain", context=b"row 1")


def test_the_format_of_sealed_values_does_not_change() -> None:
    """A value sealed by the first release: databases hold such values for years."""
    sealed = bytes.fromhex(GOLDEN)
    assert Vault(KEY).open(sealed, purpose="chain", context=b"row 1") == PLAIN


def test_a_key_is_stored_as_its_sha256() -> None:
    assert hash_key("rgs_abc") == hashlib.sha256(b"rgs_abc").digest()


def test_tokens_carry_their_prefix_and_never_repeat() -> None:
    tokens = {new_token("play") for _ in range(100)}
    assert len(tokens) == 100
    assert all(token.startswith("play_") and len(token) == 5 + 64 for token in tokens)


def test_tokens_are_blotted_out_wherever_they_are_logged() -> None:
    assert redact(f"opened {new_token('play')} twice") == "opened play_[redacted] twice"
