"""A cache that is damaged, lost or old: what is asked for, and when it serves again."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.core.chain import GENESIS
from gateway.core.reasons import Reason
from gateway.store.allocation import Allocation
from gateway.store.errors import StoreError
from tests.gateway.runtime.samples import CITY, directives, grant
from tests.gateway.runtime.station import Station
from tests.gateway.runtime.updates import ALL, FIRST, NEXT


def test_what_cannot_be_rebuilt_is_asked_for_from_the_first(station: Station) -> None:
    station.arrive(FIRST)
    station.path.unlink()
    station.start()
    station.arrive(FIRST[:4])
    with pytest.raises(ValueError, match="does not follow directive 4"):
        station.arrive(FIRST[5:])
    assert station.allocating.position == (0, GENESIS)
    station.arrive(FIRST)
    assert station.allocating.blocked is None


def test_a_cache_that_is_lost_while_it_is_replaced_is_gathered_anew(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.arrive(FIRST)

    def break_it(path: Path, _content: bytes) -> None:
        path.write_bytes(b"")
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("gateway.store.allocation_file.replace_file", break_it)
    with pytest.raises(StoreError, match="allocation_damaged"):
        station.arrive(NEXT)
    monkeypatch.undo()
    assert (station.allocating.allocation, station.changes) == (None, 1)
    station.work()
    assert station.changes == 2
    assert station.allocating.blocked is Reason.ALLOCATION_DAMAGED
    assert station.allocating.position == (0, GENESIS)
    station.arrive(ALL)
    assert station.card_status() == "lost"


DAMAGES: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "edited": lambda path: path.write_bytes(path.read_bytes().replace(b"active", b"hidden", 1)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_cache_blocks_until_as_much_as_the_ledger_knows_has_come_again(
    station: Station, damage: Callable[[Path], object]
) -> None:
    station.arrive(FIRST)
    station.arrive(NEXT)
    damage(station.path)
    station.start()
    assert station.allocating.blocked is Reason.ALLOCATION_DAMAGED
    assert station.allocating.allocation is None
    assert station.allocating.position == (0, GENESIS)
    for number, part in enumerate((ALL[:4], ALL[4:9], ALL[9:10])):
        station.arrive(part)
        assert station.allocating.position == (part[-1].sequence, part[-1].hash)
        assert station.allocating.blocked is Reason.ALLOCATION_DAMAGED, number
        assert station.allocating.allocation is None
    assert station.changes == 2
    station.arrive(ALL[10:])
    assert station.allocating.blocked is None
    assert station.changes == 3
    assert station.card_status() == "lost"
    # No grant is activated a second time by that.
    assert station.said[5:] == ["through 11"]
    assert Allocation.open(station.path, station.ledger.seals).applied_through == 11


def test_a_damaged_cache_is_left_as_it_is_until_it_can_be_replaced(station: Station) -> None:
    station.arrive(FIRST)
    station.path.write_bytes(b"remains")
    station.start()
    station.arrive(FIRST[:8])
    assert station.path.read_bytes() == b"remains"


def test_a_cache_that_cannot_be_replaced_is_gathered_anew(
    station: Station, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    station.arrive(FIRST)
    station.path.unlink()
    station.start()
    full_disk("cache")
    station.arrive(FIRST[:5])
    with pytest.raises(StoreError, match="storage_full"):
        station.arrive(FIRST[5:])
    # What is asked for from here on is sent again; otherwise nothing would ever come.
    assert station.allocating.position == (0, GENESIS)
    assert station.allocating.blocked is Reason.ALLOCATION_DAMAGED
    monkeypatch.undo()
    station.arrive(FIRST)
    assert station.allocating.blocked is None
    assert station.card_status() == "active"


def test_a_ledger_that_fails_after_the_rebuild_asks_for_all_again(
    station: Station, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    station.arrive(FIRST)
    station.path.unlink()
    station.start()
    full_disk("ledger")
    with pytest.raises(StoreError, match="storage_full"):
        station.arrive(FIRST)
    assert station.allocating.blocked is Reason.ALLOCATION_DAMAGED
    assert station.allocating.position == (0, GENESIS)
    monkeypatch.undo()
    station.arrive(FIRST)
    assert station.allocating.position == (9, FIRST[-1].hash)
    assert station.card_status() == "active"


def test_other_directives_than_the_ledger_knows_are_never_believed(station: Station) -> None:
    station.arrive(FIRST)
    station.path.unlink()
    station.start()
    others = directives(*CITY, grant(1), grant(2, 99_000))
    with pytest.raises(StoreError, match="allocation_damaged"):
        station.arrive(others)
    assert station.allocating.blocked is Reason.ALLOCATION_DAMAGED
    assert station.allocating.allocation is None


def test_an_older_cache_blocks_until_it_has_caught_up(station: Station) -> None:
    station.arrive(FIRST)
    old = station.path.read_bytes()
    station.arrive(NEXT)
    station.path.write_bytes(old)
    station.start()
    assert station.allocating.blocked is Reason.ALLOCATION_EXPIRED
    assert station.allocating.position == (9, FIRST[-1].hash)
    assert len(station.said) == 5  # nothing is recorded of the old file
    station.arrive(NEXT[:1])
    assert station.allocating.blocked is Reason.ALLOCATION_EXPIRED
    assert station.allocating.position == (10, NEXT[0].hash)
    assert (len(station.said), station.changes) == (5, 2)
    station.arrive(NEXT[1:])
    assert station.allocating.blocked is None
    assert (station.said[5:], station.changes) == (["through 11"], 3)
