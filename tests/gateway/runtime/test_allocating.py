"""Directives into cache and ledger: whatever fails in between is made good, and nothing twice."""

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.core.chain import GENESIS
from gateway.core.reasons import Reason
from gateway.store.allocation import Allocation
from gateway.store.errors import StoreError
from tests.gateway.runtime.samples import CARD, CITY, directives, grant
from tests.gateway.runtime.station import Station
from tests.gateway.runtime.writing import Writing
from tests.gateway.store.samples import TIME

FIRST = directives(*CITY, grant(1), grant(2))
LOST = msgspec.structs.replace(CARD, status="lost")
NEXT = directives(LOST, grant(3), after=FIRST[-1])
ALL = [*FIRST, *NEXT]


@pytest.fixture
def station(tmp_path: Path, writing: Writing) -> Iterator[Station]:
    station = Station(tmp_path, writing)
    yield station
    station.ledger.close()


def test_directives_are_in_force_and_in_the_ledger(station: Station) -> None:
    assert station.allocating.position == (0, GENESIS)
    station.arrive(FIRST)
    assert station.card_status() == "active"
    assert station.said == ["through 9", "grant 1", "grant 2"]
    assert station.allocating.position == (9, FIRST[-1].hash)
    assert (station.changes, station.allocating.blocked) == (1, None)


def test_the_ledger_says_what_the_cache_hashes_to(station: Station) -> None:
    station.arrive(FIRST)
    station.start()
    assert station.newest.applied == Allocation.open(station.path, station.ledger.seals).applied


def test_time_never_runs_behind_the_newest_directive(station: Station) -> None:
    later = [msgspec.structs.replace(entry, time="2026-11-22T06:00:00.000Z") for entry in NEXT[:1]]
    said = []
    for arrived in (FIRST, later):
        station.arrive(arrived)
        said.append((station.wall.now(), station.wall.quality))
    assert said == [(TIME, "good"), ("2026-11-22T06:00:00.000Z", "doubtful")]


def test_each_grant_is_activated_once(station: Station) -> None:
    station.arrive(FIRST)
    station.arrive(NEXT)
    assert station.said == ["through 9", "grant 1", "grant 2", "through 11", "grant 3"]
    station.start()
    station.arrive(directives(CARD, after=ALL[-1]))
    assert station.said[5:] == ["through 12"]


def test_the_cache_keeps_only_grants_that_the_ledger_does_not_have(
    station: Station, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    station.arrive(FIRST)
    full_disk("ledger")
    station.arrive_in_the_writer(NEXT)  # its grant 3 is not in the ledger
    monkeypatch.undo()
    cache = Allocation.open(station.path, station.ledger.seals)
    assert [grant.grant_no for grant in cache.grants_after(0)] == [3]
    station.arrive_in_the_writer(directives(CARD, after=ALL[-1]))
    cache = Allocation.open(station.path, station.ledger.seals)
    assert cache.grants_after(0) == []
    assert station.said[3:] == ["through 11", "grant 3", "through 12"]


def test_a_changed_copy_of_an_old_grant_is_not_activated_again(station: Station) -> None:
    station.arrive(FIRST)
    station.arrive(directives(grant(2, 99_000), grant(1), after=FIRST[-1]))
    assert station.said[3:] == ["through 11"]


def test_what_does_not_follow_changes_nothing(station: Station) -> None:
    station.arrive(FIRST)
    with pytest.raises(ValueError, match="does not follow directive 9"):
        station.arrive(directives(CARD, after=NEXT[-1]))
    assert station.allocating.position == (9, FIRST[-1].hash)
    assert len(station.said) == 3


def test_a_crash_between_cache_and_ledger_is_made_good_at_the_next_start(
    station: Station,
) -> None:
    station.arrive(FIRST)
    Allocation.open(station.path, station.ledger.seals).apply(NEXT)  # and then the power went
    station.start()
    assert station.allocating.blocked is None
    assert station.card_status() == "lost"
    assert station.said[3:] == ["through 11", "grant 3"]
    station.start()
    assert len(station.said) == 5
    station.arrive(directives(CARD, after=ALL[-1]))
    assert station.said[5:] == ["through 12"]


def test_a_full_disk_at_the_cache_leaves_all_as_it_was(
    station: Station, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    station.arrive(FIRST)
    full_disk("cache")
    with pytest.raises(StoreError, match="storage_full"):
        station.arrive(NEXT)
    assert station.allocating.position == (9, FIRST[-1].hash)
    assert (station.card_status(), len(station.said), station.changes) == ("active", 3, 1)
    monkeypatch.undo()
    station.arrive(NEXT)
    assert station.said[3:] == ["through 11", "grant 3"]


def test_a_full_disk_at_the_ledger_loses_no_grant(
    station: Station, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    station.arrive(FIRST)
    full_disk("ledger")
    with pytest.raises(StoreError, match="storage_full"):
        station.arrive(NEXT)
    # The cache is ahead, as after a crash; nothing is to be sent again.
    assert station.allocating.position == (11, NEXT[-1].hash)
    assert len(station.said) == 3
    monkeypatch.undo()
    station.arrive(directives(CARD, after=ALL[-1]))
    assert station.said[3:] == ["through 12", "grant 3"]


def test_what_the_ledger_refused_is_said_as_soon_as_it_can_be(
    station: Station, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    station.arrive(FIRST)
    full_disk("ledger")
    assert "storage_full" in str(station.arrive_in_the_writer(NEXT))
    assert "storage_full" in str(station.arrive_in_the_writer(directives(CARD, after=ALL[-1])))
    monkeypatch.undo()
    station.work()  # whatever the writer is asked for next
    assert station.said[3:] == ["through 12", "grant 3"]
    assert station.changes == 2
    station.work()
    assert len(station.said) == 5


def test_a_late_word_to_the_ledger_lifts_a_block(
    station: Station, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    station.arrive(FIRST)
    old = station.path.read_bytes()
    station.arrive(NEXT)
    station.path.write_bytes(old)
    station.start()
    full_disk("ledger")
    station.arrive_in_the_writer(NEXT)
    assert station.allocating.blocked is Reason.ALLOCATION_EXPIRED
    monkeypatch.undo()
    station.work()
    assert station.allocating.blocked is None
    assert station.said[5:] == ["through 11"]


def test_a_batch_that_comes_twice_is_applied_once(station: Station) -> None:
    station.arrive(FIRST)
    station.arrive(FIRST)
    station.arrive([*FIRST[5:], *NEXT])
    assert station.said == ["through 9", "grant 1", "grant 2", "through 11", "grant 3"]


def test_a_batch_that_comes_twice_is_gathered_once(station: Station) -> None:
    station.arrive(FIRST)
    station.path.unlink()
    station.start()
    for part in (FIRST[:4], FIRST[:4], FIRST[2:6], FIRST[6:]):
        station.arrive(part)
    assert station.allocating.blocked is None
    assert station.card_status() == "active"


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
