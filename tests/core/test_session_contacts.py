"""What the read-backs and the meter say about the hardware, at each boundary."""

from dataclasses import replace

import pytest

from gateway.core.actions import Action, RecordFault, RecordSale, RecordUnauthorised, ShutValve
from gateway.core.events import Metered
from gateway.core.reasons import Fault
from gateway.core.session import State
from gateway.core.units import NS_PER_MS, NS_PER_S
from gateway.core.valve import Stopped
from tests.core.bench import Bench, dispensing, flowing, handed_over, make_rules, settling, stopped


def faults(actions: list[Action]) -> list[Fault]:
    return [action.fault for action in actions if isinstance(action, RecordFault)]


@pytest.mark.parametrize("pulses", [0, 1])
def test_contacts_that_the_driver_broke_at_its_limit_are_no_fault(pulses: int) -> None:
    bench = flowing(Bench(stop_ml=1000), 50)
    limit = bench.session.limit_pulses
    actions = bench.send(Metered(limit + pulses, False, False), after_ns=500 * NS_PER_MS)
    assert actions == [ShutValve()]
    assert bench.state is State.SETTLING
    assert bench.session.the_fill.ended_by == "limit_fill"


def test_contacts_that_break_one_pulse_before_the_limit_are_a_fault() -> None:
    bench = flowing(Bench(stop_ml=1000), 50)
    limit = bench.session.limit_pulses
    actions = bench.send(Metered(limit - 1, False, False), after_ns=500 * NS_PER_MS)
    assert faults(actions) == [Fault.CONTACT_NOT_MADE]


@pytest.mark.parametrize("pulses", [0, 7])
@pytest.mark.parametrize("late_ns", [300 * NS_PER_MS, 5 * NS_PER_S])
def test_a_lease_that_lapsed_ends_the_fill_and_locks_nothing(pulses: int, late_ns: int) -> None:
    """The host stood still; its co-processor did not, and counted what ran on."""
    bench = flowing(Bench(), 50)
    lapsed = Metered(50 + pulses, False, False, stopped=Stopped("lease", 50_000, 0))
    assert bench.send(lapsed, after_ns=late_ns) == [ShutValve()]
    assert bench.state is State.SETTLING
    (sale,) = bench.wake()
    assert isinstance(sale, RecordSale)
    assert (sale.volume_ml, sale.ended_by) == ((50 + pulses) * 10, "limiter_lease")
    assert bench.session.fault is None


@pytest.mark.parametrize(
    ("enable", "timer", "fault"),
    [
        (False, True, Fault.CONTACT_NOT_MADE),
        (True, False, Fault.LIMITER_NOT_MADE),
        (True, None, None),
        (True, True, None),
    ],
)
@pytest.mark.parametrize("early_ns", [1, 0])
def test_contacts_must_be_made_600_ms_after_opening(
    enable: bool, timer: bool | None, fault: Fault | None, early_ns: int
) -> None:
    bench = dispensing(Bench())
    actions = bench.send(Metered(0, enable, timer), after_ns=600 * NS_PER_MS - early_ns)
    assert faults(actions) == ([fault] if fault and not early_ns else [])
    assert bench.state is (State.FAULTED if fault and not early_ns else State.DISPENSING)


@pytest.mark.parametrize("early_ns", [1, 0])
def test_the_enable_contact_must_be_broken_300_ms_after_shutting(early_ns: int) -> None:
    bench = settling(Bench())
    actions = bench.send(Metered(50, True, None), after_ns=300 * NS_PER_MS - early_ns)
    assert faults(actions) == ([] if early_ns else [Fault.CONTACT_WELDED])


@pytest.mark.parametrize("early_ns", [1, 0])
def test_the_timer_may_hold_its_contact_as_long_as_it_is_built_to(early_ns: int) -> None:
    bench = settling(Bench())
    actions = bench.send(Metered(50, False, True), after_ns=600 * NS_PER_MS - early_ns)
    assert faults(actions) == ([] if early_ns else [Fault.LIMITER_WELDED])


# The pump's maximum is 100 pulses a second; a quarter more and four pulses are let pass.
CHATTER = [(1000, 129, False), (1000, 130, True), (400, 54, False), (400, 55, True)]


@pytest.mark.parametrize(("after_ms", "pulses", "chatter"), CHATTER)
def test_a_flow_that_cannot_be_is_chatter(after_ms: int, pulses: int, chatter: bool) -> None:
    bench = dispensing(Bench())
    actions = bench.meter(pulses, after_ns=after_ms * NS_PER_MS)
    assert faults(actions) == ([Fault.PULSER_CHATTER] if chatter else [])


@pytest.mark.parametrize(("pulses", "chatter"), [(79, False), (80, True)])
def test_counts_that_are_told_late_are_no_chatter(pulses: int, chatter: bool) -> None:
    rules = replace(make_rules(), told_late_ns=500 * NS_PER_MS)
    bench = dispensing(Bench(rules))
    actions = bench.meter(pulses, after_ns=100 * NS_PER_MS)
    assert faults(actions) == ([Fault.PULSER_CHATTER] if chatter else [])


def test_chatter_shows_in_every_second_of_a_fill() -> None:
    bench = dispensing(Bench())
    for _ in range(3):
        assert faults(bench.meter(40, after_ns=600 * NS_PER_MS)) == []
    assert faults(bench.meter(110, after_ns=NS_PER_S // 2)) == [Fault.PULSER_CHATTER]


def test_a_steady_flow_at_the_maximum_is_no_chatter() -> None:
    bench = dispensing(Bench(stop_ml=20_000))
    for _ in range(40):
        bench.meter(30, after_ns=300 * NS_PER_MS)
        if bench.session.the_fill.reserving:
            bench.durable()
    assert (bench.state, bench.session.fault) == (State.DISPENSING, None)


@pytest.mark.parametrize("early_ns", [1, 0])
def test_fuel_that_runs_on_for_five_seconds_means_a_valve_that_does_not_shut(
    early_ns: int,
) -> None:
    bench = settling(Bench(), 50)
    shut_ns = bench.now_ns
    for _ in range(4):
        assert bench.meter(20, after_ns=NS_PER_S) == []
    bench.now_ns = shut_ns + 5 * NS_PER_S - early_ns
    actions = bench.meter(20)
    if early_ns:
        assert actions == []
        return
    assert faults(actions) == [Fault.VALVE_NOT_SHUT]
    (sale,) = handed_over(actions)
    assert isinstance(sale, RecordSale)
    assert (sale.volume_ml, sale.ended_by) == (1500, "attendant")
    assert bench.meter(20, after_ns=NS_PER_S)[-1] == RecordUnauthorised(200)


def test_an_emergency_stop_that_stops_no_fuel_is_a_fault_too() -> None:
    bench = stopped(flowing(Bench(), 50))
    found = []
    for _ in range(5):
        found += bench.meter(20, after_ns=NS_PER_S)
    assert faults(found) == [Fault.VALVE_NOT_SHUT]
    assert len(handed_over(found)) == 1
    assert bench.state is State.EMERGENCY_STOP
