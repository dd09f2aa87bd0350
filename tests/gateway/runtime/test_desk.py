"""One pump's desk: what it does, and in which order."""

from dataclasses import replace
from itertools import pairwise

import pytest

from gateway.core import actions as a
from gateway.core.events import ReservationDurable
from gateway.core.reasons import Reason, Status
from gateway.core.session import State
from gateway.core.units import NS_PER_MS
from gateway.core.valve import Contact
from hardware.ports import Light, Stops, TagTrouble
from tests.gateway.runtime.counter import POLL_NS, Counter
from tests.gateway.runtime.samples import RULES, UID

HOLD_NS = RULES.dosing.timer_hold_ms * NS_PER_MS


def test_a_fill_from_the_tap_to_the_sale() -> None:
    counter = Counter()
    counter.flowing(100)
    counter.nozzle(lifted=False)
    assert (counter.state, counter.pump.is_open) == (State.SETTLING, False)
    counter.run(3)
    (sold,) = counter.clerk.sold
    assert (sold.volume_ml, sold.ended_by) == (1000, "nozzle_hung")
    assert (counter.state, counter.desk.code) == (State.IDLE, Status.READY)
    assert counter.hand.indicator.shown[-1] is Light.READY
    assert counter.clerk.notes == []


def test_nothing_is_opened_before_the_reservation_is_durable() -> None:
    counter = Counter()
    counter.clerk.prompt = False
    counter.hand.nozzle.on = True
    counter.nozzle(lifted=True)
    counter.hand.reader.lay(UID)
    counter.run(0.5)
    assert (counter.state, counter.pump.said) == (State.DECIDING, [])
    assert not counter.desk.at_rest
    (asked,) = counter.clerk.reserved
    counter.desk.take(ReservationDurable(asked.reserved_ml))
    limit = (asked.reserved_ml - RULES.dosing.stop_bound_ml) // 10
    assert counter.pump.said == [f"open {limit}"]


def test_one_tap_a_presentation() -> None:
    counter = Counter()
    counter.clerk.denies = Reason.QUOTA_EXHAUSTED
    counter.hand.reader.lay(UID)
    counter.run(10)
    assert counter.clerk.asked == [UID]
    counter.hand.reader.there = None
    counter.run(1)
    counter.hand.reader.lay(UID)
    counter.run(1)
    assert counter.clerk.asked == [UID, UID]


def test_a_card_that_cannot_be_read_is_refused_by_name() -> None:
    counter = Counter()
    counter.hand.reader.there = TagTrouble.TWO_CARDS
    counter.run(1)
    assert counter.clerk.notes == [a.RecordRefusal(Reason.TWO_CARDS, None)]
    assert counter.desk.code is Reason.TWO_CARDS
    assert counter.hand.indicator.shown[-1] is Light.REFUSED


def test_a_driver_who_does_not_lift_loses_the_turn() -> None:
    counter = Counter().authorised()
    counter.run(31)
    assert (counter.state, len(counter.clerk.released)) == (State.IDLE, 1)
    assert counter.pump.said == []


def test_what_flowed_before_the_nozzle_was_hung_belongs_to_the_sale() -> None:
    counter = Counter().flowing(100)
    counter.pump.flow(7)
    counter.nozzle(lifted=False)
    counter.run(3)
    assert [sold.volume_ml for sold in counter.clerk.sold] == [1070]


def test_what_strayed_before_the_nozzle_was_lifted_does_not() -> None:
    counter = Counter().authorised()
    counter.pump.flow(5)
    counter.nozzle(lifted=True)
    counter.run(0.5)
    counter.pour(100)
    counter.nozzle(lifted=False)
    counter.run(3)
    assert [sold.volume_ml for sold in counter.clerk.sold] == [1000]


def test_flow_at_rest_is_noted_as_unauthorised() -> None:
    counter = Counter()
    counter.pump.flow(9)
    counter.run(0.2)
    assert counter.clerk.notes == []
    counter.pump.flow(1)
    counter.run(0.2)
    assert counter.clerk.notes == [a.RecordUnauthorised(100)]


def test_an_open_valve_is_fed_at_least_every_third_of_the_hold() -> None:
    counter = Counter().flowing(600)
    fed = counter.pump.fed_ns
    gaps = [after - before for before, after in pairwise(fed)]
    assert len(gaps) > 50
    assert max(gaps) <= HOLD_NS // 3
    assert counter.clock.now_ns - fed[-1] <= HOLD_NS // 3


def test_a_shut_valve_is_never_fed() -> None:
    counter = Counter()
    counter.run(2)
    counter.authorised().run(2)
    assert counter.pump.fed_ns == []
    counter.nozzle(lifted=True)
    counter.run(1)
    counter.nozzle(lifted=False)
    fed = len(counter.pump.fed_ns)
    counter.run(10)
    assert len(counter.pump.fed_ns) == fed
    assert counter.pump.said[-1] == "shut enable"


def test_without_a_timer_there_is_nothing_to_feed_and_no_hurry() -> None:
    dosing = replace(RULES.dosing, timer_hold_ms=0)
    counter = Counter(replace(RULES, dosing=dosing)).open()
    counter.run(2)
    assert counter.pump.said[1:] == []
    assert counter.desk.next_due_ns() > counter.clock.now_ns


def test_the_next_turn_is_due_for_whatever_comes_first() -> None:
    counter = Counter()
    counter.run(1)
    poll_ns = counter.desk.next_due_ns()
    assert counter.clock.now_ns < poll_ns <= counter.clock.now_ns + POLL_NS
    counter.hand.indicator.due_ns = poll_ns - 1
    assert counter.desk.next_due_ns() == poll_ns - 1


def test_the_stop_is_never_passed_by_the_drivers_limit() -> None:
    counter = Counter()
    counter.clerk.stop_ml = 5000
    counter.open()
    counter.pour(520)
    counter.run(3)
    limits = [int(said.split()[1]) for said in counter.pump.said if " " in said]
    assert limits == sorted(limits)
    assert limits[-1] == 500
    (sold,) = counter.clerk.sold
    assert sold.ended_by == Reason.LIMIT_FILL.value


def test_a_top_up_that_comes_too_late_ends_the_fill() -> None:
    counter = Counter().open()
    counter.clerk.prompt = False
    assert counter.pump.limit_pulses is not None
    counter.pour(counter.pump.limit_pulses - 2)
    (_, wanted) = counter.clerk.reserved
    counter.pump.flow(2)
    assert not counter.pump.is_open  # the driver did it, and nobody has read the meter yet
    counter.desk.take(ReservationDurable(wanted.reserved_ml))
    counter.run(3)
    (sold,) = counter.clerk.sold
    assert sold.ended_by == "reservation_late"
    assert sold.volume_ml == counter.pump.pulses_total * 10


def test_a_limit_that_the_driver_refuses_to_raise_ends_the_fill(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counter = Counter().open()

    def refuse(_stops: Stops) -> None:
        raise ValueError("the pump is shut")

    monkeypatch.setattr(counter.pump, "raise_limit", refuse)
    counter.pour(180)
    assert (counter.pump.is_open, counter.pump.said[-1]) == (False, "shut")
    counter.run(3)
    assert [sold.ended_by for sold in counter.clerk.sold] == ["reservation_late"]
    assert counter.clerk.faults == []


def test_a_limit_passed_before_the_valve_opened_opens_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counter = Counter().authorised()

    def refuse(_stops: Stops, _first: Contact) -> None:
        raise ValueError("the limit has been passed")

    monkeypatch.setattr(counter.pump, "open", refuse)
    counter.nozzle(lifted=True)
    counter.run(3)
    assert (counter.state, counter.pump.is_open) == (State.IDLE, False)
    assert (len(counter.clerk.released), counter.clerk.sold) == (1, [])
