"""What each fault does to a pump, and that mending it ends it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from hardware.simulated.forecourt.faults import FAULTS, fault_value

if TYPE_CHECKING:
    from tests.hardware.simulated.forecourt.conftest import Bench

MakeBench = Callable[..., "Bench"]
ML = 1_000_000


def test_a_stuck_valve_flows_on_until_it_is_mended(bench: MakeBench) -> None:
    subject = bench()
    subject.start()
    subject.pump.set_fault("valve_stuck_open", 1)
    subject.shut()
    subject.wait(5000)
    assert subject.pump.flow_ml_per_min == 60_000
    subject.pump.set_fault("valve_stuck_open", None)
    subject.wait(250)
    assert subject.pump.flow_ml_per_min == 0


def test_the_emergency_stop_ends_even_a_stuck_valve_for_it_cuts_the_motor(
    bench: MakeBench,
) -> None:
    subject = bench()
    subject.start()
    subject.pump.set_fault("valve_stuck_open", 1)
    subject.pump.set_stop(healthy=False)
    subject.wait(399)
    assert subject.pump.flowing
    subject.wait(1)
    assert not subject.pump.flowing


def test_a_valve_that_was_shut_does_not_open_by_getting_stuck(bench: MakeBench) -> None:
    subject = bench()
    subject.pump.lift()
    subject.pump.squeeze()
    subject.pump.set_fault("valve_stuck_open", 1)
    subject.wait(2000)
    assert subject.pump.dispensed_nl == 0


def test_a_slow_valve_takes_longer_by_its_value(bench: MakeBench) -> None:
    subject = bench()
    subject.start()
    subject.pump.set_fault("valve_slow", 1000)
    subject.shut()
    subject.wait(1000)
    assert subject.pump.flowing
    subject.wait(250)
    assert not subject.pump.flowing


@pytest.mark.parametrize(("fault", "pin"), [("enable_welded", 22), ("limiter_welded", 23)])
def test_a_welded_contact_stays_made_and_reads_so(bench: MakeBench, fault: str, pin: int) -> None:
    subject = bench()
    subject.start()
    subject.pump.set_fault(fault, 1)
    subject.shut()
    subject.wait(1000)
    assert subject.pump.levels[pin] == 1
    assert not subject.pump.flowing, "the other contact, in series, has broken"
    subject.pump.set_fault(fault, None)
    assert subject.pump.levels[pin] == 0


def test_a_silent_pulser_says_nothing_while_fuel_flows(bench: MakeBench) -> None:
    subject = bench()
    subject.start()
    subject.pump.set_fault("pulser_silent", 1)
    before = subject.pump.pulses
    dispensed_nl = subject.pump.dispensed_nl
    subject.wait(1000)
    assert subject.pump.pulses == before
    assert subject.pump.dispensed_nl == dispensed_nl + 1000 * ML
    subject.pump.set_fault("pulser_silent", None)
    subject.wait(1000)
    assert subject.pump.pulses - before in (100, 101)


def test_chatter_doubles_the_rising_edges(bench: MakeBench) -> None:
    subject = bench()
    subject.pump.set_fault("pulser_chatter", 1)
    subject.start()
    subject.wait(5000)
    true_pulses = subject.pump.dispensed_nl // (10 * ML)
    assert 2 * true_pulses - 1 <= subject.pump.pulses <= 2 * true_pulses
    levels = [level for _, level in subject.edges_of(25)]
    assert levels == [(index + 1) % 2 for index in range(len(levels))]


def test_a_leak_flows_with_everything_shut_and_is_metered(bench: MakeBench) -> None:
    subject = bench()
    subject.pump.set_fault("flow_while_closed", 600)
    subject.wait(60_000)
    assert subject.pump.dispensed_nl == 600 * ML
    assert subject.pump.pulses == 60
    assert not subject.pump.flowing, "nothing comes out of the nozzle"
    subject.pump.set_fault("flow_while_closed", None)
    subject.wait(60_000)
    assert subject.pump.dispensed_nl == 600 * ML


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_a_default_within_its_own_bounds(name: str) -> None:
    kind = FAULTS[name]
    assert kind.lowest <= fault_value(name, None) <= kind.highest


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("valve_melted", None, "no fault is called 'valve_melted'; there are: valve_stuck_open"),
        ("enable_welded", 3, "takes no value, found 3"),
        ("spi_dead", 7, "takes 0 or 255, found 7"),
        ("valve_slow", 0, "0 ms is outside 1 to 10000"),
        ("flow_while_closed", 10_001, "10001 ml/min is outside 1 to 10000"),
    ],
)
def test_a_wrong_fault_or_value_is_refused_by_name(name: str, value: int | None, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        fault_value(name, value)
