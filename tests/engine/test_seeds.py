"""A chain is committed to before it is played, and anyone can walk it back."""

import hashlib
import hmac
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvariantError
from engine.seeds import (
    Checkpoints,
    build_chain,
    client_seed,
    commits_to,
    descend,
    is_seed,
    outcome_digest,
    parent,
    verify_links,
)
from tests.engine.examples import VECTORS, quick

SALT = "0000000000000000000153b7c2d0a1f4"
TIP = hashlib.sha256(b"tip").hexdigest()
NOT_SEEDS = [
    *("", "a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 63 + "\n", "a" * 64 + "\n"),
    *("é" * 64, "٣" * 64, " " + "a" * 63, "0x" + "a" * 62),
]


def naive_chain(tip: str, length: int) -> list[str]:
    """`s[0]` to `s[length]`, one hash at a time."""
    chain = [tip]
    for _ in range(length):
        chain.append(hashlib.sha256(chain[-1].encode()).hexdigest())
    return chain[::-1]


def count_hashes(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> int:
    counted = []
    sha256 = hashlib.sha256

    def counting(data: bytes) -> Any:
        counted.append(1)
        return sha256(data)

    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "sha256", counting)
        work()
    return len(counted)


@quick
@given(length=st.integers(1, 60), stride=st.integers(1, 70))
def test_every_seed_is_that_of_the_naive_chain(length: int, stride: int) -> None:
    chain = naive_chain(TIP, length)
    s0, checkpoints = build_chain(TIP, length, stride)
    assert s0 == chain[0]
    assert [checkpoints.seed(i) for i in range(1, length + 1)] == chain[1:]


@pytest.mark.parametrize(("length", "stride"), [(1, 1), (10, 3), (9, 3), (3, 10), (100, 10)])
def test_only_sparse_seeds_are_kept(length: int, stride: int) -> None:
    _, checkpoints = build_chain(TIP, length, stride)
    assert len(checkpoints.seeds) == -(-length // stride)
    assert checkpoints.seeds[-1] == TIP


@pytest.mark.parametrize(("length", "stride"), [(100, 10), (95, 10), (101, 10), (7, 20)])
def test_a_seed_costs_less_than_a_stride_of_hashes(
    monkeypatch: pytest.MonkeyPatch, length: int, stride: int
) -> None:
    _, checkpoints = build_chain(TIP, length, stride)
    for index in range(1, length + 1):
        assert count_hashes(monkeypatch, partial(checkpoints.seed, index)) < stride


def test_a_chain_is_built_in_one_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    assert count_hashes(monkeypatch, lambda: build_chain(TIP, 95, 10)) == 95


@pytest.mark.parametrize("index", [0, -1, 11])
def test_a_seed_off_the_chain_is_a_mistake(index: int) -> None:
    _, checkpoints = build_chain(TIP, 10, 3)
    with pytest.raises(InvariantError):
        checkpoints.seed(index)


@pytest.mark.parametrize("tip", NOT_SEEDS)
def test_a_chain_grows_only_from_a_seed(tip: str) -> None:
    with pytest.raises(InvariantError):
        build_chain(tip, 10, 3)


@pytest.mark.parametrize(("length", "stride"), [(0, 3), (-1, 3), (10, 0), (10, -3)])
def test_a_chain_has_rounds_and_a_stride(length: int, stride: int) -> None:
    with pytest.raises(InvariantError):
        build_chain(TIP, length, stride)


def test_a_chain_is_never_walked_away_from_its_commitment() -> None:
    with pytest.raises(InvariantError):
        descend(TIP, -1)


def test_no_text_of_the_checkpoints_holds_a_seed() -> None:
    _, checkpoints = build_chain(TIP, 30, 7)
    for text in (repr(checkpoints), str(checkpoints), f"{checkpoints}", str([checkpoints])):
        assert not any(seed in text for seed in checkpoints.seeds)


def test_no_error_holds_a_seed() -> None:
    _, checkpoints = build_chain(TIP, 30, 7)
    almost = TIP[:-1] + "G"
    with pytest.raises(InvariantError) as off_the_chain:
        checkpoints.seed(31)
    with pytest.raises(InvariantError) as bad_tip:
        build_chain(almost, 30, 7)
    assert TIP[:16] not in f"{off_the_chain.value!r}{bad_tip.value!r}"


@pytest.mark.parametrize("text", NOT_SEEDS)
def test_only_64_lower_case_hex_characters_are_a_seed(text: str) -> None:
    assert not is_seed(text)
    assert is_seed("0123456789abcdef" * 4)


def test_seeds_are_hashed_as_text_not_as_the_bytes_they_spell() -> None:
    assert parent(TIP) == hashlib.sha256(TIP.encode("ascii")).hexdigest()
    assert parent(TIP) != hashlib.sha256(bytes.fromhex(TIP)).hexdigest()


def test_a_commitment_fits_one_seed() -> None:
    assert commits_to(parent(TIP), TIP)
    assert not commits_to(parent(TIP), parent(TIP))
    assert not commits_to(TIP, TIP)
    assert not commits_to(parent(TIP).upper(), TIP)


@pytest.mark.parametrize("text", NOT_SEEDS)
def test_what_is_not_a_seed_fits_no_commitment(text: str) -> None:
    assert not commits_to(hashlib.sha256(text.encode()).hexdigest(), text)
    assert not commits_to(text, TIP)


def test_revealed_seeds_link_back_to_the_commitment() -> None:
    s0, *revealed = naive_chain(TIP, 20)
    assert list(verify_links(s0, revealed)) == [True] * 20
    assert list(verify_links(s0, [])) == []


def test_a_commitment_to_another_chain_is_seen() -> None:
    _, *revealed = naive_chain(TIP, 5)
    other = naive_chain(parent(SALT), 5)[0]
    assert list(verify_links(other, revealed)) == [False, True, True, True, True]


@quick
@given(position=st.integers(0, 18), digit=st.integers(0, 63))
def test_a_tampered_seed_is_seen(position: int, digit: int) -> None:
    s0, *revealed = naive_chain(TIP, 20)
    seed = revealed[position]
    swapped = "0" if seed[digit] != "0" else "1"
    revealed[position] = seed[:digit] + swapped + seed[digit + 1 :]
    links = list(verify_links(s0, revealed))
    assert [i for i, holds in enumerate(links) if not holds] == [position, position + 1]


@pytest.mark.parametrize("position", [0, 7, 18])
def test_a_skipped_seed_is_seen(position: int) -> None:
    s0, *revealed = naive_chain(TIP, 20)
    del revealed[position]
    links = list(verify_links(s0, revealed))
    assert [i for i, holds in enumerate(links) if not holds] == [position]


@quick
@given(order=st.permutations(range(8)))
def test_reordered_seeds_are_seen(order: list[int]) -> None:
    s0, *revealed = naive_chain(TIP, 8)
    links = list(verify_links(s0, [revealed[i] for i in order]))
    assert all(links) == (order == sorted(order))


def test_a_seed_revealed_twice_is_seen() -> None:
    s0, *revealed = naive_chain(TIP, 4)
    assert list(verify_links(s0, [revealed[0], *revealed])) == [True, False, True, True, True]


@pytest.mark.parametrize("text", NOT_SEEDS)
def test_a_record_that_holds_no_seed_is_seen_and_not_stumbled_over(text: str) -> None:
    s0, *revealed = naive_chain(TIP, 4)
    revealed[1] = text
    assert list(verify_links(s0, revealed)) == [True, False, False, True]


def test_without_a_beacon_the_bets_stay_outside() -> None:
    expected = hashlib.sha256(SALT.encode()).hexdigest()
    assert client_seed(SALT) == client_seed(SALT, "root") == expected


def test_with_a_beacon_salt_root_and_beacon_enter_in_this_order() -> None:
    expected = hashlib.sha256(f"{SALT}:root:beacon".encode()).hexdigest()
    assert client_seed(SALT, "root", "beacon") == expected


def test_a_beacon_comes_after_a_root() -> None:
    with pytest.raises(InvariantError):
        client_seed(SALT, None, "beacon")


def test_the_digest_is_keyed_by_the_text_of_the_seed() -> None:
    message = b"client:7:crash"
    assert outcome_digest(TIP, "client", 7) == hmac.digest(TIP.encode(), message, "sha256").hex()
    assert outcome_digest(TIP, "client", 7) != (
        hmac.digest(bytes.fromhex(TIP), message, "sha256").hex()
    )


def test_everything_that_enters_a_digest_changes_it() -> None:
    digests = [
        outcome_digest(TIP, "client", 1),
        outcome_digest(TIP, "client", 2),
        outcome_digest(TIP, "clients", 1),
        outcome_digest(parent(TIP), "client", 1),
        *(outcome_digest(TIP, "client", 1, label) for label in ("map", "loot", "guard")),
    ]
    assert len(set(digests)) == len(digests)


def test_another_salt_is_another_outcome_for_the_same_chain() -> None:
    first, second = (outcome_digest(TIP, client_seed(salt), 1) for salt in (SALT, SALT + "0"))
    assert first != second


@pytest.mark.parametrize("row", VECTORS["rounds"], ids=lambda row: f"nonce-{row['nonce']}")
def test_known_rounds(row: dict[str, Any]) -> None:
    assert parent(row["server_seed"]) == row["server_seed_hash"]
    mixed = client_seed(row["public_salt"], row["bets_root"], row["beacon"])
    assert mixed == row["client_seed"]
    assert outcome_digest(row["server_seed"], mixed, row["nonce"]) == row["digest"]


@pytest.mark.parametrize("row", VECTORS["sides"], ids=lambda row: f"nonce-{row['nonce']}")
@pytest.mark.parametrize("label", ["map", "loot", "guard"])
def test_known_seeds_for_scenery(row: dict[str, Any], label: str) -> None:
    digest = outcome_digest(row["server_seed"], row["client_seed"], row["nonce"], label)
    assert digest == row[label]


def test_checkpoints_read_back_from_storage_give_the_same_seeds() -> None:
    _, built = build_chain(TIP, 23, 5)
    read = Checkpoints(built.length, built.stride, tuple(str(seed) for seed in built.seeds))
    assert [read.seed(i) for i in range(1, 24)] == naive_chain(TIP, 23)[1:]
