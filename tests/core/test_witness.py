"""Every way in which a disk and a witness can stand to each other."""

from itertools import product

import pytest

from gateway.core.reasons import Reason
from gateway.core.witness import Found, OnDisk, Witnessed, compare

OURS, OLD, STRANGE = "a" * 16, "b" * 16, "c" * 16
HASH, ANOTHER = "0123456789abcdef", "f" * 16
SEEN = Witnessed(OURS, 10, HASH, 5)


def on_disk(
    sequence: int = 10,
    high_water: int = 5,
    hash_at: str | None = HASH,
    *,
    restored: bool = False,
    former: str | None = None,
) -> OnDisk:
    digest = None if hash_at is None else hash_at + "0" * 48
    return OnDisk(OURS, sequence, high_water, digest, restored, former)


@pytest.mark.parametrize(
    ("sequence", "high_water", "hash_at"),
    list(product((0, 9, 10, 11), (0, 4, 5, 6), (HASH, ANOTHER, None))),
)
@pytest.mark.parametrize(
    ("restored", "former"), [(False, None), (True, None), (True, OLD), (True, OURS)]
)
def test_the_same_incarnation(
    sequence: int, high_water: int, hash_at: str | None, restored: bool, former: str | None
) -> None:
    disk = on_disk(sequence, high_water, hash_at, restored=restored, former=former)
    found = compare(disk, SEEN)
    if sequence < 10 or high_water < 5:
        assert found is Found.BEHIND
    else:
        assert found is (Found.FORK if hash_at == ANOTHER else Found.SAME)


@pytest.mark.parametrize(("sequence", "high_water"), list(product((0, 9, 10, 11), (0, 4, 5, 6))))
@pytest.mark.parametrize(
    ("restored", "former", "expected"),
    [
        (False, None, Found.OTHER),
        (True, None, Found.RESTORED),
        (True, OLD, Found.RESTORED),
        (True, STRANGE, Found.OTHER),
        (True, OURS, Found.OTHER),
    ],
)
def test_another_incarnation(
    sequence: int, high_water: int, restored: bool, former: str | None, expected: Found
) -> None:
    """How far either is means nothing then."""
    disk = on_disk(sequence, high_water, None, restored=restored, former=former)
    assert compare(disk, Witnessed(OLD, 10, HASH, 5)) is expected


@pytest.mark.parametrize(("restored", "former"), [(False, None), (True, None), (True, OLD)])
def test_a_blank_witness_says_nothing(restored: bool, former: str | None) -> None:
    assert compare(on_disk(restored=restored, former=former), None) is Found.BLANK


def test_what_refuses() -> None:
    assert {found: found.refused for found in Found} == {
        Found.SAME: None,
        Found.BLANK: None,
        Found.RESTORED: None,
        Found.BEHIND: Reason.WITNESS_AHEAD,
        Found.FORK: Reason.WITNESS_AHEAD,
        Found.OTHER: Reason.WITNESS_OTHER,
    }


@pytest.mark.parametrize(
    ("sequence", "high_water", "incarnation"),
    list(product((9, 10, 11), (4, 5, 6), (OURS, OLD))),
)
def test_what_a_witness_covers(sequence: int, high_water: int, incarnation: str) -> None:
    told = Witnessed(incarnation, sequence, HASH, high_water)
    assert told.covers(SEEN) is (incarnation == OURS and sequence >= 10 and high_water >= 5)
