"""Counts are compared after a fill and daily, when the pump is at rest and nothing is unwritten."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from gateway.config.types import Totalisers
from gateway.core.facts import (
    Charge,
    CounterReading,
    Fact,
    FlowBypassed,
    FlowUnauthorised,
    FlowUncounted,
    SaleCompleted,
    TotaliserDrifted,
    TotaliserRead,
)
from gateway.runtime.books import Books
from gateway.runtime.totals import DAY_NS, Totals
from gateway.runtime.valve import counted_from
from hardware.ports import PumpReading
from tests.core.ledger_of import entries
from tests.gateway.runtime.office import Office
from tests.gateway.store.samples import TIME, sale


@dataclass
class Watched:
    office: Office
    books: Books
    noted: list[Fact] = field(default_factory=list)
    busy: bool = False

    def __post_init__(self) -> None:
        desk = self.office.desk
        self.totals = Totals(
            {desk.number: desk},
            self.books,
            Totalisers(),
            self.office.clock,
            note=self.noted.append,
            busy=lambda: self.busy,
        )

    def pico(self, pulses: int, run: str = "pico.1") -> None:
        """What its count was when the driver's was 0."""
        self.office.desk._counts_from = CounterReading(run, pulses)

    def tell(self, *facts: Fact) -> None:
        told = entries(*facts, after=self.books.head)
        self.books.committed(told)
        self.totals.committed(told)

    def sell(self, ml: int) -> None:
        number = self.books.head + 1
        self.tell(sale(number, Charge(1, ml)))

    def look(self) -> list[Fact]:
        self.totals.turn()
        found, self.noted[:] = list(self.noted), []
        return found


@pytest.fixture
def watched(office: Office) -> Watched:
    return Watched(office, office.open())


def read(pulses: int) -> TotaliserRead:
    return TotaliserRead(
        pump=1, counter=CounterReading("pico.1", pulses), totaliser_ml=0, why="start"
    )


def drift_in(found: list[Fact]) -> TotaliserDrifted:
    (drift,) = found
    assert isinstance(drift, TotaliserDrifted)
    return drift


def test_a_fill_that_is_all_recorded_says_nothing(watched: Watched) -> None:
    watched.pico(500)
    watched.tell(read(500))
    watched.office.desk.count(300)
    watched.sell(3000)
    assert watched.look() == []


@pytest.mark.parametrize("pico", [True, False])
def test_what_no_entry_explains_is_an_alarm_once(watched: Watched, *, pico: bool) -> None:
    if pico:
        watched.pico(500)
        watched.tell(read(500))
    watched.office.desk.count(321)
    watched.sell(3000)
    drift = drift_in(watched.look())
    assert (drift.counted_ml, drift.recorded_ml, drift.tolerance_ml) == (3210, 3000, 200)
    assert drift.against == "counter"
    watched.tell(drift)
    assert watched.books.balance.meters[1].alarm == "counter"
    watched.office.desk.count(100)
    watched.sell(1000)
    assert watched.look() == []  # compared anew from there


def test_flow_that_waits_for_an_entry_and_flow_that_has_one_are_explained(
    watched: Watched,
) -> None:
    desk = watched.office.desk
    watched.pico(500)
    watched.tell(read(500), FlowUnauthorised(pump=1, volume_ml=500, totaliser_end_ml=500))
    desk.count(300 + 50 + 29)
    desk.session = msgspec.structs.replace(desk.session, stray_ml=290)
    watched.sell(3000)
    assert watched.look() == []


def test_flow_by_the_key_has_its_entry_first(watched: Watched) -> None:
    desk = watched.office.desk
    watched.pico(500)
    watched.tell(read(500))
    desk.count(400)
    desk.session = msgspec.structs.replace(desk.session, bypassed_ml=4_000)
    watched.office.clock.now_ns += DAY_NS
    assert watched.look() == []
    desk.session = msgspec.structs.replace(desk.session, bypassed_ml=0)
    flow = FlowBypassed(
        pump=1, volume_ml=4_000, since=TIME, until=TIME, unattended=False, totaliser_end_ml=4_000
    )
    watched.tell(flow)
    (daily,) = watched.look()
    assert isinstance(daily, TotaliserRead)
    assert daily.counter == CounterReading("pico.1", 900)
    watched.tell(daily)
    desk.count(30)
    watched.tell(flow)
    drift = drift_in(watched.look())
    assert (drift.counted_ml, drift.recorded_ml) == (300, 4_000)


@pytest.mark.parametrize("what", ["busy", "blocked"])
def test_it_waits(watched: Watched, what: str) -> None:
    watched.office.desk.count(400)
    watched.sell(3000)
    stoppage: Any = watched.books.stoppage
    if what == "busy":
        watched.busy = True
    else:
        from gateway.core.reasons import Reason

        stoppage.start_blocked(Reason.STORAGE_FULL)
    assert watched.look() == []
    watched.busy = False
    stoppage.start_blocked(None)
    drift_in(watched.look())


def test_each_day_the_count_is_written_down_and_an_alarm_ends(watched: Watched) -> None:
    watched.pico(500)
    watched.tell(read(500))
    watched.office.clock.now_ns += DAY_NS - 1
    assert watched.look() == []
    watched.office.clock.now_ns += 1
    (daily,) = watched.look()
    assert isinstance(daily, TotaliserRead)
    assert (daily.why, daily.counter) == ("day", CounterReading("pico.1", 500))
    assert watched.look() == []


def test_after_a_restart_of_the_co_processor_the_count_goes_on_anew(watched: Watched) -> None:
    watched.pico(500)
    watched.tell(read(500))
    watched.pico(500, "pico.2")
    watched.office.desk.count(100)
    watched.sell(1000)
    (again,) = watched.look()
    assert isinstance(again, TotaliserRead)
    assert (again.why, again.counter) == ("restarted", CounterReading("pico.2", 600))


def test_a_fill_in_which_the_co_processor_lost_its_power_is_charged_what_it_reserved(
    office: Office,
) -> None:
    office.open()
    office.desk._counts_from = CounterReading("pico.1", 70)
    fill = office.fill()
    office.reserve(fill, 4000)
    assert office.rows[1].counter_start == CounterReading("pico.1", 70)
    office.desk._counts_from = CounterReading("pico.2", 60)
    sold = office.sell(fill, 1500)
    assert isinstance(sold, SaleCompleted)
    assert (sold.volume_ml, sold.metered_ml, sold.estimated) == (4000, 1500, True)
    assert (sold.totaliser_end_ml, sold.counter_end) == (None, None)
    assert office.newest()[0] == "flow.uncounted"
    assert office.newest()[1]["bound_ml"] == 2500


def test_a_count_that_fell_back_at_a_restart_is_named_as_the_co_processor_names_it(
    office: Office,
) -> None:
    """A chip without FRAM had not yet kept it; after a start of the gateway it says so again."""
    office.open()
    told = PumpReading(341, None, False, False, totaliser_pulses=20, totaliser_run="pico.2")
    office.desk._counts_from = counted_from(told)
    assert office.desk.counter_at(341) == CounterReading("pico.2", 20)
    assert office.desk.counter_at(378) == CounterReading("pico.2", 57)
    assert office.desk.counter_at(300) == CounterReading("pico.2", 0)  # before it counted


def test_a_co_processor_that_may_have_missed_pulses_is_looked_at_at_once_and_once(
    watched: Watched,
) -> None:
    watched.pico(500)
    watched.tell(read(500))
    watched.pico(500, "pico.2")
    assert watched.look() == [], "a restart that lost nothing waits for the next look"
    watched.office.desk.uncounted_ms = 5200
    unseen, again = watched.look()
    assert isinstance(unseen, FlowUncounted)
    assert (unseen.shut, unseen.bound_ml > 0) == (True, True)
    assert isinstance(again, TotaliserRead)
    watched.tell(unseen, again)
    assert watched.look() == []
