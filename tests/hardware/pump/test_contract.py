"""What every implementation of hardware.ports.Pump must do."""

from typing import TYPE_CHECKING

import pytest

from firmware.guard.stops import Stops
from hardware.ports import HardwareError
from tests.hardware.pump.opening import opened

if TYPE_CHECKING:
    from tests.hardware.pump.conftest import PumpRig

MS = 1_000_000
CONTACT_NS = 50 * MS
"""Longer than any contact takes to follow, shorter than any timer holds."""
LONGEST_HOLD_NS = 1000 * MS
TWO_TENTHS_L = 20


def made(rig: "PumpRig") -> tuple[bool, bool | None]:
    reading = rig.pump.read()
    return reading.enable_made, reading.limiter_made


def test_is_shut_when_created(rig: "PumpRig") -> None:
    reading = rig.pump.read()
    assert (reading.pulses_total, reading.last_pulse_ns) == (0, None)
    assert made(rig) == (False, False)
    assert not rig.current_flows()


def test_open_makes_both_contacts(rig: "PumpRig") -> None:
    opened(rig, 100)
    rig.pass_time(CONTACT_NS)
    assert made(rig) == (True, True)
    assert rig.current_flows()


@pytest.mark.parametrize("limit", [1, 2, TWO_TENTHS_L])
def test_stops_by_itself_exactly_at_the_limit(rig: "PumpRig", limit: int) -> None:
    opened(rig, limit)
    rig.pulse(limit - 1)
    assert rig.pump.read().pulses_total == limit - 1
    assert rig.current_flows()
    rig.pulse(1)
    assert rig.pump.read().pulses_total == limit
    assert not rig.current_flows()
    rig.pass_time(CONTACT_NS)
    assert rig.pump.read().enable_made is False


def test_what_flows_after_the_stop_is_counted_and_opens_nothing(rig: "PumpRig") -> None:
    opened(rig, TWO_TENTHS_L)
    rig.pulse(TWO_TENTHS_L + 1)
    assert rig.pump.read().pulses_total == TWO_TENTHS_L + 1
    assert not rig.current_flows()


def test_a_raised_limit_moves_the_stop(rig: "PumpRig") -> None:
    opened(rig, 5)
    rig.pulse(4)
    rig.pump.raise_limit(Stops(7))
    rig.pulse(2)
    assert rig.current_flows()
    rig.pulse(1)
    assert not rig.current_flows()
    assert rig.pump.read().pulses_total == 7


def test_a_limit_never_goes_down(rig: "PumpRig") -> None:
    opened(rig, 5)
    with pytest.raises(ValueError, match="4"):
        rig.pump.raise_limit(Stops(4))
    rig.pulse(5)
    assert not rig.current_flows()


def test_a_shut_pump_has_no_limit_to_raise(rig: "PumpRig") -> None:
    with pytest.raises(ValueError, match="shut"):
        rig.pump.raise_limit(Stops(10))
    assert not rig.current_flows()


@pytest.mark.parametrize("limit", [-1, 0])
def test_a_limit_that_leaves_no_pulse_opens_nothing(rig: "PumpRig", limit: int) -> None:
    with pytest.raises(ValueError, match=str(limit)):
        opened(rig, limit)
    assert not rig.current_flows()


def test_the_count_goes_on_over_fills(rig: "PumpRig") -> None:
    opened(rig, 3)
    rig.pulse(3)
    rig.pump.shut()
    rig.pass_time(LONGEST_HOLD_NS + CONTACT_NS)
    start = rig.pump.read().pulses_total
    assert start >= 3
    with pytest.raises(ValueError, match=str(start)):
        opened(rig, start)
    opened(rig, start + 2)
    rig.pulse(1)
    assert rig.current_flows()
    rig.pulse(1)
    assert not rig.current_flows()


def test_shut_breaks_both_and_may_be_repeated(rig: "PumpRig") -> None:
    opened(rig, 100)
    rig.pass_time(CONTACT_NS)
    rig.pump.shut()
    assert not rig.current_flows()
    rig.pass_time(LONGEST_HOLD_NS + CONTACT_NS)
    assert made(rig) == (False, False)
    rig.pump.shut()
    assert made(rig) == (False, False)


def test_an_unrenewed_lease_breaks_the_timers_contact(rig: "PumpRig") -> None:
    opened(rig, 100)
    rig.pass_time(LONGEST_HOLD_NS + CONTACT_NS)
    assert rig.pump.read().limiter_made is False


def test_a_renewed_lease_holds_it(rig: "PumpRig") -> None:
    opened(rig, 1000)
    for _ in range(20):
        rig.pass_time(CONTACT_NS)
        rig.pump.renew()
    assert made(rig) == (True, True)


def test_a_shut_pump_is_not_fed(rig: "PumpRig") -> None:
    rig.pump.renew()
    rig.pass_time(CONTACT_NS)
    assert made(rig) == (False, False)
    opened(rig, 100)
    rig.pass_time(CONTACT_NS)
    rig.pump.shut()
    for _ in range(25):
        rig.pump.renew()
        rig.pump.shut()
        rig.pass_time(CONTACT_NS)
    assert made(rig) == (False, False)


def test_tells_when_the_last_pulse_came(rig: "PumpRig") -> None:
    opened(rig, 100)
    before_ns = rig.now_ns()
    rig.pulse(2)
    last_ns = rig.pump.read().last_pulse_ns
    assert last_ns is not None
    assert before_ns < last_ns <= rig.now_ns()


def test_close_shuts_and_nothing_works_after_it(rig: "PumpRig") -> None:
    opened(rig, 100)
    rig.pump.close()
    assert not rig.current_flows()
    with pytest.raises(HardwareError):
        opened(rig, 200)
    with pytest.raises(HardwareError):
        rig.pump.read()
    rig.pump.shut()
    rig.pump.close()
    assert not rig.current_flows()
