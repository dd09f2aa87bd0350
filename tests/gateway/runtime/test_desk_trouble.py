"""What a desk makes of a pump or a reader that fails."""

import pytest

from gateway.core import actions as a
from gateway.core.reasons import Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from tests.gateway.runtime.counter import POLL_NS, Counter
from tests.gateway.runtime.samples import OTHER_UID, RULES, TECHNICIAN_UID, UID


def test_a_pump_that_cannot_be_opened_is_faulted_and_the_reservation_released() -> None:
    counter = Counter().authorised()
    counter.pump.broken = {"open"}
    counter.nozzle(lifted=True)
    assert (counter.state, counter.desk.code) == (State.FAULTED, Reason.PUMP_FAULT)
    assert counter.pump.said[-1] == "shut"
    assert counter.clerk.faults == ["pump_silent"]
    counter.run(3)
    assert (len(counter.clerk.released), counter.clerk.sold) == (1, [])
    assert counter.desk.at_rest


@pytest.mark.parametrize("call", ["renew", "read"])
def test_a_pump_that_fails_in_mid_fill_is_shut_and_what_was_counted_is_sold(call: str) -> None:
    counter = Counter().flowing(100)
    counter.pump.broken = {call}
    counter.run(5)
    assert (counter.state, counter.pump.said[-1]) == (State.FAULTED, "shut")
    assert counter.clerk.faults == ["pump_silent"]
    (sold,) = counter.clerk.sold
    assert (sold.volume_ml, sold.ended_by) == (1000, "pump_silent")


def test_a_pump_that_cannot_even_be_shut_is_faulted_once() -> None:
    counter = Counter().flowing(100)
    counter.pump.broken = {"renew", "read", "shut"}
    counter.run(60)
    assert (counter.state, counter.clerk.faults) == (State.FAULTED, ["pump_silent"])
    assert [sold.volume_ml for sold in counter.clerk.sold] == [1000]


def test_a_shut_that_fails_at_an_unhurried_end_is_a_fault() -> None:
    counter = Counter().flowing(100)
    counter.pump.broken = {"shut"}
    counter.nozzle(lifted=False)
    counter.run(5)
    assert (counter.state, counter.clerk.faults) == (State.FAULTED, ["pump_silent"])
    assert [sold.ended_by for sold in counter.clerk.sold] == ["nozzle_hung"]


def test_only_a_technician_ends_it_and_a_pump_that_fails_again_is_noted_again() -> None:
    counter = Counter()
    counter.pump.broken = {"read"}
    counter.run(1)
    counter.hand.reader.lay(OTHER_UID)
    counter.run(1)
    states = [counter.state]
    counter.pump.broken = set()
    counter.hand.reader.lay(TECHNICIAN_UID)
    counter.run(1)
    states.append(counter.state)
    assert states == [State.FAULTED, State.IDLE]
    counter.pump.broken = {"read"}
    counter.run(1)
    assert (counter.state, counter.clerk.faults) == (State.FAULTED, ["pump_silent"] * 2)


def test_a_long_complaint_is_cut_to_what_an_entry_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter()
    counter.pump.broken = {"r" * 300, "read"}
    monkeypatch.setattr(counter.pump, "read", lambda: counter.pump._raise_if_broken("r" * 300))
    counter.run(1)
    (fault,) = [note for note in counter.clerk.notes if isinstance(note, a.RecordFault)]
    assert len(fault.detail) == 200


def test_a_silent_reader_stops_new_fills_until_it_answers() -> None:
    counter = Counter()
    counter.hand.reader.broken = True
    counter.run(0.2)
    assert (counter.state, counter.clerk.faults) == (State.FAULTED, ["reader_silent"])
    polls = counter.hand.reader.polls
    counter.run(5)
    assert counter.hand.reader.polls - polls <= 6  # once a second
    assert counter.clerk.faults == ["reader_silent"]
    counter.hand.reader.broken = False
    counter.run(1.2)
    assert counter.state is State.IDLE
    assert [type(note) for note in counter.clerk.notes] == [a.RecordFault, a.RecordCleared]


def test_a_reader_that_dies_in_mid_fill_ends_the_fill_but_one_bad_poll_does_not() -> None:
    counter = Counter().flowing(100)
    counter.hand.reader.broken = True
    counter.run(POLL_NS / NS_PER_S * 0.9)
    counter.hand.reader.broken = False
    counter.run(1)
    assert (counter.state, counter.pump.is_open) == (State.DISPENSING, True)
    counter.hand.reader.broken = True
    counter.run(3)
    assert [sold.ended_by for sold in counter.clerk.sold] == ["reader_silent"]
    assert (counter.state, counter.pump.is_open) == (State.FAULTED, False)


def test_a_card_left_on_the_reader_over_a_restart_is_no_tap() -> None:
    counter = Counter()
    again = type(counter.desk)(RULES, counter.hand.unit, counter.clock, counter.clerk, POLL_NS)
    counter.hand.reader.lay(UID)
    for _ in range(20):
        again.turn()
        counter.clock.now_ns += NS_PER_S // 10
    assert counter.clerk.asked == []
