"""Directives into cache and ledger: whatever fails in between is made good, and nothing twice."""

from collections.abc import Callable

import msgspec
import pytest

from gateway.core.chain import GENESIS
from gateway.core.reasons import Reason
from gateway.store.allocation import Allocation
from gateway.store.errors import StoreError
from tests.gateway.runtime.samples import CARD, directives, grant
from tests.gateway.runtime.station import Station
from tests.gateway.runtime.updates import ALL, FIRST, NEXT
from tests.gateway.store.samples import TIME


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
