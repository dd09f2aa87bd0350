"""What the read-backs and the meter say about the hardware, at each boundary."""

import pytest

from gateway.core.actions import Action, RecordFault, ShutValve
from gateway.core.events import Metered
from gateway.core.reasons import Fault
from gateway.core.session import State
from gateway.core.units import NS_PER_MS
from tests.core.bench import Bench, dispensing, flowing, settling


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


@pytest.mark.parametrize(
    ("enable", "timer", "fault"),
    [
        (False, True, Fault.CONTACT_NOT_MADE),
        (True, False, Fault.TIMER_NOT_MADE),
        (True, None, None),
        (True, True, None),
    ],
)
@pytest.mark.parametrize("early_ns", [1, 0])
def test_contacts_must_be_made_300_ms_after_opening(
    enable: bool, timer: bool | None, fault: Fault | None, early_ns: int
) -> None:
    bench = dispensing(Bench())
    actions = bench.send(Metered(0, enable, timer), after_ns=300 * NS_PER_MS - early_ns)
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
    assert faults(actions) == ([] if early_ns else [Fault.TIMER_WELDED])
