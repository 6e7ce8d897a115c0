"""The root commits to every leaf in its place; a proof holds for nothing else."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvariantError
from engine.merkle import audit_path, leaf_hash, proves, root
from tests.engine.examples import VECTORS, quick

DATA = [f"leaf {i}".encode() for i in range(71)]
HASHES = [leaf_hash(data) for data in DATA]
SIZES = range(71)


def split_of(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def recursive_root(data: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1, over the leaves' data."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = split_of(len(data))
    return hashlib.sha256(b"\x01" + recursive_root(data[:k]) + recursive_root(data[k:])).digest()


def recursive_path(data: Sequence[bytes], index: int) -> list[bytes]:
    """RFC 6962, 2.1.1."""
    if len(data) == 1:
        return []
    k = split_of(len(data))
    if index < k:
        return [*recursive_path(data[:k], index), recursive_root(data[k:])]
    return [*recursive_path(data[k:], index - k), recursive_root(data[:k])]


def corners(size: int, index: int) -> str:
    """On which side the leaf's subtree stands, from the leaf upwards."""
    if size == 1:
        return ""
    k = split_of(size)
    return corners(k, index) + "L" if index < k else corners(size - k, index - k) + "R"


@st.composite
def places(draw: st.DrawFn) -> tuple[int, int]:
    """A size and an index within it."""
    size = draw(st.integers(1, 70))
    return size, draw(st.integers(0, size - 1))


def flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("size", SIZES)
def test_the_root_is_that_of_the_recursive_definition(size: int) -> None:
    assert root(HASHES[:size]) == recursive_root(DATA[:size])


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_has_the_path_of_the_recursive_definition_and_it_holds(size: int) -> None:
    expected = root(HASHES[:size])
    for index in range(size):
        path = audit_path(HASHES[:size], index)
        assert list(path) == recursive_path(DATA[:size], index)
        assert proves(HASHES[index], index, size, path, expected)


def test_the_roots_certificate_transparency_tests_with() -> None:
    texts = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    known = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    ]
    hashes = [leaf_hash(bytes.fromhex(text)) for text in texts]
    assert [root(hashes[:size]).hex() for size in range(8)] == known


def test_known_roots_of_bets() -> None:
    hashes = [leaf_hash(row["text"].encode()) for row in VECTORS["leaves"]]
    assert [root(hashes[:size]).hex() for size in range(8)] == VECTORS["roots"]


@quick
@given(place=places(), data=st.data())
def test_an_altered_leaf_fails(place: tuple[int, int], data: st.DataObject) -> None:
    size, index = place
    path = audit_path(HASHES[:size], index)
    forged = flipped(HASHES[index], data.draw(st.integers(0, 255)))
    assert not proves(forged, index, size, path, root(HASHES[:size]))


@quick
@given(place=places(), data=st.data())
def test_an_altered_path_fails(place: tuple[int, int], data: st.DataObject) -> None:
    size, index = place
    path = list(audit_path(HASHES[:size], index))
    if path:
        step = data.draw(st.integers(0, len(path) - 1))
        path[step] = flipped(path[step], data.draw(st.integers(0, 255)))
        assert not proves(HASHES[index], index, size, path, root(HASHES[:size]))


@quick
@given(place=places(), bit=st.integers(0, 255))
def test_an_altered_root_fails(place: tuple[int, int], bit: int) -> None:
    size, index = place
    path = audit_path(HASHES[:size], index)
    assert not proves(HASHES[index], index, size, path, flipped(root(HASHES[:size]), bit))


@pytest.mark.parametrize("size", SIZES)
def test_no_other_index_holds(size: int) -> None:
    expected = root(HASHES[:size])
    for index in range(size):
        path = audit_path(HASHES[:size], index)
        held = [i for i in range(-2, size + 2) if proves(HASHES[index], i, size, path, expected)]
        assert held == [index]


@quick
@given(place=places())
def test_another_size_holds_only_where_the_way_up_turns_the_same_corners(
    place: tuple[int, int],
) -> None:
    size, index = place
    path, expected = audit_path(HASHES[:size], index), root(HASHES[:size])
    for other in range(-1, 80):
        same = index < other and corners(other, index) == corners(size, index)
        assert proves(HASHES[index], index, other, path, expected) == same


@quick
@given(place=places(), data=st.data())
def test_a_path_of_another_length_fails(place: tuple[int, int], data: st.DataObject) -> None:
    size, index = place
    path, expected = list(audit_path(HASHES[:size], index)), root(HASHES[:size])
    extra = data.draw(st.sampled_from([*path, expected, HASHES[index], b"\x00" * 32]))
    assert not proves(HASHES[index], index, size, [*path, extra], expected)
    assert not proves(HASHES[index], index, size, [extra, *path], expected)
    if path:
        assert not proves(HASHES[index], index, size, path[:-1], expected)
        assert not proves(HASHES[index], index, size, path[1:], expected)


def test_a_node_cut_at_another_byte_proves_nothing() -> None:
    left, right = HASHES[:2]
    whole = left + right
    for cut in [*range(32), *range(33, 65)]:
        assert not proves(whole[cut:], 1, 2, [whole[:cut]], root([left, right]))
        assert not proves(whole[:cut], 0, 2, [whole[cut:]], root([left, right]))


def test_a_node_is_not_taken_for_a_leaf() -> None:
    four = HASHES[:4]
    inner = b"".join(four[:2])
    assert leaf_hash(inner) != root(four[:2])
    assert leaf_hash(b"") != root([])


def test_the_order_of_leaves_matters() -> None:
    assert root(HASHES[:2]) != root(HASHES[1::-1])


def test_one_leaf_more_or_one_repeated_is_another_root() -> None:
    roots = {root(HASHES[:size]) for size in SIZES}
    repeated = {root([*HASHES[:size], HASHES[size - 1]]) for size in range(1, 70)}
    assert len(roots) == len(SIZES)
    assert not roots & repeated


@pytest.mark.parametrize(("size", "index"), [(0, 0), (1, 1), (5, -1), (5, 5)])
def test_a_path_to_no_leaf_is_a_mistake(size: int, index: int) -> None:
    with pytest.raises(InvariantError):
        audit_path(HASHES[:size], index)


def test_nothing_is_proved_about_an_empty_tree() -> None:
    assert not proves(HASHES[0], 0, 0, [], root([]))
    assert not proves(root([]), 0, 0, [], root([]))
