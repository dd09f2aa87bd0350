"""A snapshot into cache and ledger: one replace, then the tail; nothing activated twice."""

from collections.abc import Callable

import pytest

from gateway.core.reasons import Reason
from gateway.store.allocation import Allocation
from gateway.store.errors import StoreError
from mqtt.snapshot import snapshot_of
from tests.gateway.runtime.samples import CARD, CITY, directives, grant
from tests.gateway.runtime.station import Station
from tests.gateway.runtime.updates import ALL, FIRST, NEXT

SNAPSHOT = snapshot_of(ALL)
TAIL = directives(CARD, grant(4), after=ALL[-1])


def test_a_snapshot_is_in_force_and_the_tail_follows_it(station: Station) -> None:
    station.arrive(SNAPSHOT)
    assert station.card_status() == "lost"
    assert station.allocating.position == (11, ALL[-1].hash)
    station.arrive(TAIL)
    assert station.card_status() == "active"
    assert station.said == [
        *("through 11", "grant 1", "grant 2", "grant 3"),
        *("through 13", "grant 4"),
    ]


def test_a_snapshot_over_an_older_cache_activates_only_what_is_new(station: Station) -> None:
    station.arrive(FIRST)
    station.arrive(SNAPSHOT)
    assert station.said[3:] == ["through 11", "grant 3"]
    station.arrive(SNAPSHOT)
    assert len(station.said) == 5


def test_a_snapshot_makes_the_cache_that_the_log_makes(station: Station) -> None:
    station.arrive(SNAPSHOT)
    replaced = Allocation.open(station.path, station.ledger.seals).applied
    assert replaced == Allocation.rebuild(station.path, station.ledger.seals, ALL).applied


def test_what_is_no_longer_in_a_snapshot_is_gone_from_the_cache(station: Station) -> None:
    station.arrive(directives(*CITY))
    other = snapshot_of(directives(*CITY, grant(1)))
    station.arrive(other._replace(entries=other.entries[1:]))
    assert station.card_status() is None


def test_a_damaged_cache_is_made_good_by_one_snapshot(station: Station) -> None:
    station.arrive(ALL)
    station.path.unlink()
    station.start()
    station.arrive(FIRST[:4])
    station.arrive(SNAPSHOT)
    assert station.allocating.blocked is None
    assert station.card_status() == "lost"
    # The ledger has the very same content already, and every grant.
    assert station.said[4:] == ["through 11"]
    station.arrive(TAIL)
    assert station.said[5:] == ["through 13", "grant 4"]


@pytest.mark.parametrize("cache", ["missing", "older"])
def test_a_snapshot_older_than_the_ledger_is_refused(station: Station, cache: str) -> None:
    station.arrive(FIRST)
    old = station.path.read_bytes()
    station.arrive(NEXT)
    station.path.unlink() if cache == "missing" else station.path.write_bytes(old)
    station.start()
    position = station.allocating.position
    before = station.path.read_bytes() if station.path.exists() else b""
    with pytest.raises(StoreError, match="ends at directive 10, but the ledger says 11"):
        station.arrive(snapshot_of(ALL[:10]))
    assert station.allocating.blocked is not None
    assert station.allocating.position == position
    assert (station.path.read_bytes() if station.path.exists() else b"") == before


@pytest.mark.parametrize("place", ["cache", "ledger"])
@pytest.mark.parametrize("cache", ["whole", "missing"])
def test_a_full_disk_leaves_a_snapshot_to_be_asked_for_again_or_said_later(
    station: Station,
    full_disk: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    cache: str,
) -> None:
    station.arrive(FIRST)
    if cache == "missing":
        station.path.unlink()
        station.start()
    full_disk(place)
    assert "storage_full" in str(station.arrive_in_the_writer(SNAPSHOT))
    assert len(station.said) == 3
    monkeypatch.undo()
    station.arrive_in_the_writer(SNAPSHOT)
    assert station.allocating.position == (11, ALL[-1].hash)
    assert station.allocating.blocked is None
    assert station.card_status() == "lost"
    assert station.said[3:] == ["through 11", "grant 3"]


def test_a_crash_after_the_replace_is_made_good_at_the_next_start(station: Station) -> None:
    station.arrive(FIRST)
    Allocation.open(station.path, station.ledger.seals).replace(SNAPSHOT)
    station.start()
    assert station.allocating.blocked is None
    assert station.said[3:] == ["through 11", "grant 3"]


def test_a_snapshot_that_contradicts_the_ledger_is_never_believed(station: Station) -> None:
    station.arrive(ALL)
    station.path.unlink()
    station.start()
    other = snapshot_of(ALL)
    with pytest.raises(StoreError, match="allocation_damaged"):
        station.arrive(other._replace(entries=other.entries[1:]))
    assert station.allocating.blocked is Reason.ALLOCATION_DAMAGED
    assert station.allocating.allocation is None
