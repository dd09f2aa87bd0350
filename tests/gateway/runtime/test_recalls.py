"""Recalls into the ledger: closed when idle, answered once whatever crashes, never forgotten."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gateway.core.allocation import RecallGrant
from gateway.core.facts import Charge
from gateway.core.open_session import OpenSession
from gateway.runtime.holdings import Superseded
from gateway.runtime.jobs import Job
from gateway.store.allocation import Allocation
from tests.gateway.runtime.samples import CARD, CITY, directives, grant
from tests.gateway.runtime.station import Station
from tests.gateway.runtime.writing import Writing
from tests.gateway.store.samples import TIME, sale, session

FIRST = directives(*CITY, grant(1), grant(2))
TAKEN_UP = ["through 9", "grant 1", "grant 2"]
RECALL = directives(RecallGrant(grant_no=1), after=FIRST[-1])
ROW = session(1, Charge(1, 4000))
SOLD = sale(1, Charge(1, 3000))


@pytest.fixture
def station(station: Station) -> Station:
    station.arrive(FIRST)
    return station


def put(station: Station, row: OpenSession = ROW) -> None:
    station.keeper.commit(Job(put_session=row))


def end(station: Station) -> None:
    station.keeper.commit(Job(facts=[(SOLD, TIME)], drop_session=1, seal=True))


def test_an_idle_grant_is_closed_in_the_commit_that_records_the_recall(station: Station) -> None:
    put(station)
    end(station)
    commits = station.keeper.commits
    station.arrive(RECALL)
    assert station.said == [*TAKEN_UP, "through 10", "close 1: 3 recalled"]
    assert station.keeper.commits == commits + 1


def test_a_grant_in_use_is_reported_and_closed_with_the_sale(station: Station) -> None:
    put(station)
    station.arrive(RECALL)
    assert station.said[3:] == ["through 10", "report 1: 0 + 4"]
    commits = station.keeper.commits
    end(station)
    assert station.said[5:] == ["close 1: 3 recalled"]
    assert station.keeper.commits == commits + 1


def test_a_fill_that_took_nothing_closes_it_too(station: Station) -> None:
    put(station)
    station.arrive(RECALL)
    station.keeper.commit(Job(drop_session=1))
    assert station.said[5:] == ["close 1: 0 recalled"]


def test_the_seal_of_the_sale_covers_the_close(station: Station) -> None:
    put(station)
    station.arrive(RECALL)
    end(station)
    assert [seal.sequence for seal in station.ledger.every_seal()][-1:] == [
        station.ledger.head.sequence
    ]


@pytest.mark.parametrize("wanted", [[Charge(1, 4001)], [Charge(1, 4000), Charge(2, 1)]])
def test_a_reservation_worked_out_before_the_recall_does_not_win(
    station: Station, wanted: list[Charge]
) -> None:
    put(station)
    station.arrive(RECALL)
    more = msgspec.structs.replace(ROW, reserved=wanted)
    if wanted[0].volume_ml > 4000:
        with pytest.raises(Superseded):
            put(station, more)
        assert station.ledger.open_sessions() == [ROW]
    else:
        put(station, more)
        assert station.ledger.open_sessions() == [more]


def test_a_first_reservation_worked_out_before_the_recall_does_not_win(station: Station) -> None:
    station.arrive(RECALL)
    with pytest.raises(Superseded):
        put(station)
    assert station.ledger.open_sessions() == []


def test_a_grant_that_never_came_is_closed_before_it_comes(station: Station) -> None:
    station.arrive(directives(RecallGrant(grant_no=4), after=FIRST[-1]))
    assert station.said[3:] == ["through 10", "close 3: 0 never_held", "close 4: 0 never_held"]
    assert station.holdings.balance.high_water == 4


def test_a_recall_beside_its_grant_wins(station: Station) -> None:
    station.arrive(directives(grant(3), RecallGrant(grant_no=3), after=FIRST[-1]))
    assert station.said[3:] == ["through 11", "close 3: 0 never_held"]


def test_what_is_closed_is_not_closed_again(station: Station) -> None:
    station.arrive(RECALL)
    again = directives(RecallGrant(grant_no=1), grant(1), after=RECALL[-1])
    station.arrive(again)
    assert station.said[3:] == ["through 10", "close 1: 0 recalled", "through 12"]
    station.start()
    station.arrive(directives(RecallGrant(grant_no=1), after=again[-1]))
    assert station.said[6:] == ["through 13"]


def test_the_cache_keeps_only_recalls_that_the_ledger_has_not_answered(
    station: Station, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    full_disk("ledger")
    station.arrive_in_the_writer(RECALL)
    monkeypatch.undo()
    assert Allocation.open(station.path, station.ledger.seals).recalls() == [1]
    station.arrive_in_the_writer(directives(CARD, after=RECALL[-1]))
    assert Allocation.open(station.path, station.ledger.seals).recalls() == []
    assert station.said[3:] == ["through 10", "close 1: 0 recalled", "through 11"]


@pytest.mark.parametrize("in_use", [False, True])
def test_a_crash_between_cache_and_ledger_answers_at_the_next_start(
    station: Station, *, in_use: bool
) -> None:
    if in_use:
        put(station)
    Allocation.open(station.path, station.ledger.seals).apply(RECALL)  # and then the power went
    station.start()
    answered = ["report 1: 0 + 4"] if in_use else ["close 1: 0 recalled"]
    assert station.said[3:] == ["through 10", *answered]
    station.start()
    assert station.said[5:] == []


def test_a_crash_after_the_report_closes_with_the_estimated_sale(station: Station) -> None:
    put(station)
    station.arrive(RECALL)
    station.start()
    estimated = sale(1, Charge(1, 4000))
    station.holdings.commit(
        lambda facts: station.ledger.commit(facts, drop_session=1),
        [(estimated, TIME)],
        drop_session=1,
    )
    assert station.said[5:] == ["close 1: 4 recalled"]


@pytest.mark.parametrize("in_use", [False, True])
def test_a_rebuilt_cache_neither_closes_twice_nor_takes_up_again(
    station: Station, *, in_use: bool
) -> None:
    if in_use:
        put(station)
    station.arrive(RECALL)
    said = station.said
    station.path.unlink()
    station.start()
    station.arrive([*FIRST, *RECALL])
    assert station.allocating.blocked is None
    assert station.said == [*said, "through 10"]
    assert station.holdings.balance.high_water == 2


def test_an_older_image_of_the_cache_does_not_bring_a_grant_back(station: Station) -> None:
    old = station.path.read_bytes()
    station.arrive(RECALL)
    station.path.write_bytes(old)
    station.start()
    assert station.allocating.blocked is not None
    assert station.holdings.balance.grant(1) is None
    station.arrive(RECALL)
    assert station.said == [*TAKEN_UP, "through 10", "close 1: 0 recalled", "through 10"]


def test_a_fresh_incarnation_leaves_earlier_numbers_alone(tmp_path: Path, writing: Writing) -> None:
    (tmp_path / "new").mkdir()
    station = Station(tmp_path / "new", writing)
    station.arrive(directives(*CITY, grant(500)))
    assert station.said == ["through 8", "grant 500"]
    station.ledger.close()


def test_a_recall_that_nobody_here_understands_refuses_everybody(station: Station) -> None:
    strange = ("grant.recall", {"grant_no": 1, "how": "politely"})
    station.arrive(directives(strange, after=FIRST[-1]))
    assert station.allocating.allocation is not None
    assert station.allocating.allocation.blocked_by("dh-1001-a") is not None
