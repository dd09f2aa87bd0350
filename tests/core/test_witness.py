"""Every way in which a disk and a witness can stand to each other."""

from itertools import product

import pytest

from gateway.core.reasons import Reason
from gateway.core.witness import Found, OnDisk, Witnessed, compare

OURS, OLD, STRANGE = "a" * 16, "b" * 16, "c" * 16
HASH, ANOTHER = "0123456789abcdef", "f" * 16
SEEN = Witnessed(OURS, 10, HASH, 5)
SEEN_OLD = Witnessed(OLD, 10, HASH, 5)


def on_disk(
    sequence: int = 10,
    high_water: int = 5,
    hash_at: str | None = HASH,
    *,
    restored: bool = False,
    follows: tuple[str, ...] = (),
    confirmed: bool = False,
) -> OnDisk:
    digest = None if hash_at is None else hash_at + "0" * 48
    return OnDisk(OURS, sequence, high_water, digest, restored, follows, confirmed)


@pytest.mark.parametrize(
    ("sequence", "high_water", "hash_at"),
    list(product((0, 9, 10, 11), (0, 4, 5, 6), (HASH, ANOTHER, None))),
)
@pytest.mark.parametrize(
    ("restored", "follows"), [(False, ()), (True, ()), (True, (OLD,)), (True, (OURS,))]
)
def test_the_same_incarnation(
    sequence: int, high_water: int, hash_at: str | None, restored: bool, follows: tuple[str, ...]
) -> None:
    disk = on_disk(sequence, high_water, hash_at, restored=restored, follows=follows)
    found = compare(disk, SEEN)
    if sequence < 10 or high_water < 5:
        assert found is Found.BEHIND
    else:
        assert found is (Found.FORK if hash_at == ANOTHER else Found.SAME)


@pytest.mark.parametrize(("sequence", "high_water"), list(product((0, 9, 10, 11), (0, 4, 5, 6))))
@pytest.mark.parametrize(
    ("restored", "follows", "expected"),
    [
        (False, (), Found.OTHER),
        (False, (OLD,), Found.OTHER),
        (True, (OLD,), Found.RESTORED),
        (True, (STRANGE, OLD), Found.RESTORED),
        (True, (STRANGE,), Found.OTHER),
        (True, (OURS,), Found.OTHER),
    ],
)
@pytest.mark.parametrize("confirmed", [False, True])
def test_another_incarnation(
    sequence: int,
    high_water: int,
    restored: bool,
    follows: tuple[str, ...],
    confirmed: bool,
    expected: Found,
) -> None:
    """How far either is means nothing then."""
    disk = on_disk(
        sequence, high_water, None, restored=restored, follows=follows, confirmed=confirmed
    )
    assert compare(disk, SEEN_OLD) is expected


@pytest.mark.parametrize(("confirmed", "expected"), [(False, Found.RESTORED), (True, Found.OTHER)])
def test_one_that_follows_nothing_known_is_taken_until_central_has_confirmed_it(
    confirmed: bool, expected: Found
) -> None:
    """From then on it would be its old copy, put back after yet another restore."""
    assert compare(on_disk(restored=True, confirmed=confirmed), SEEN_OLD) is expected


@pytest.mark.parametrize(("restored", "follows"), [(False, ()), (True, ()), (True, (OLD,))])
def test_a_blank_witness_says_nothing(restored: bool, follows: tuple[str, ...]) -> None:
    assert compare(on_disk(restored=restored, follows=follows), None) is Found.BLANK


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
