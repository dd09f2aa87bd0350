"""Pins that fail and contacts that weld: the pump on GPIO shuts, and says which."""

from typing import TYPE_CHECKING

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory

from firmware.guard.stops import Stops
from gateway.core.reasons import Fault
from gateway.core.valve import Contact
from hardware.ports import HardwareError
from hardware.pump.gpio import GpioPump
from hardware.wiring import DEMO_WIRING
from tests.hardware.pump.opening import opened

if TYPE_CHECKING:
    from tests.hardware.pump.conftest import Bench

PINS = DEMO_WIRING[0].pins
MS = 1_000_000


@pytest.mark.parametrize("broken", ["relay", "feed"])
@pytest.mark.parametrize("call", ["open", "renew"])
def test_a_refusing_output_names_itself_and_shuts_the_other(
    bench: "Bench", broken: str, call: str
) -> None:
    if call == "renew":
        opened(bench, 100)
    getattr(bench, broken).refuses = True
    if (broken, call) == ("relay", "renew"):
        bench.pump.renew()  # the relay is not touched
        with pytest.raises(HardwareError, match="enable relay on GPIO 17"):
            bench.pump.shut()
    else:
        name = "enable relay on GPIO 17" if broken == "relay" else "timer feed on GPIO 27"
        with pytest.raises(HardwareError, match=rf"^{name}: .*Input/output error"):
            opened(bench, 100) if call == "open" else bench.pump.renew()
    if broken == "feed":
        assert not bench.relay.state
    with pytest.raises(ValueError, match="shut"):
        bench.pump.raise_limit(Stops(200))
    fed_until_ns = bench.held_until_ns
    getattr(bench, broken).refuses = False
    bench.pass_time(MS)
    if (broken, call) == ("relay", "renew"):
        with pytest.raises(HardwareError, match="enable relay on GPIO 17"):
            bench.pump.read()  # remembers what could not be shut
        bench.pump.shut()
        assert not bench.relay.state
    bench.pump.renew()
    assert bench.held_until_ns == fed_until_ns


def test_an_output_that_refuses_at_the_limit_is_told_until_a_shut_works(bench: "Bench") -> None:
    opened(bench, 1)
    bench.relay.refuses = True
    bench.drive(PINS.pulser, True)
    assert not bench.feed.state
    with pytest.raises(HardwareError, match="enable relay on GPIO 17"):
        bench.pump.shut()
    bench.relay.refuses = False
    for call in (bench.pump.read, bench.pump.renew, lambda: opened(bench, 9)):
        with pytest.raises(HardwareError, match="enable relay on GPIO 17"):
            call()
    assert not bench.relay.state
    bench.pump.shut()
    assert bench.pump.read().pulses_total == 1
    opened(bench, 9)
    assert bench.relay.state


def test_an_unreadable_contact_shuts_the_pump_and_is_no_reading(
    bench: "Bench", monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> bool:
        raise OSError("No such device")

    opened(bench, 100)
    monkeypatch.setattr(bench.input(PINS.enable_readback), "_get_state", refuse)
    with pytest.raises(HardwareError, match=r"contact read-back: .*No such device"):
        bench.pump.read()
    assert not bench.relay.state


WELDED = pytest.mark.parametrize(
    ("welded", "waited_ms", "fault"),
    [
        ("relay_welded", 100, None),
        ("relay_welded", 101, Fault.CONTACT_WELDED),
        ("limiter_welded", 1000, None),
        ("limiter_welded", 1001, Fault.LIMITER_WELDED),
    ],
)


def opens_unless_welded(bench: "Bench", fault: Fault | None) -> None:
    bench.pump.open(Stops(100), Contact.ENABLE)
    found = bench.pump.read().found
    assert (found and found.fault) is fault
    assert bench.relay.state is (fault is None)


@WELDED
def test_a_welded_contact_is_not_opened_again(
    bench: "Bench", welded: str, waited_ms: int, fault: Fault | None
) -> None:
    bench.pass_time(5000 * MS)
    opened(bench, 100)
    for _ in range(25):
        bench.pass_time(200 * MS)
        bench.pump.renew()
    setattr(bench, welded, True)
    bench.pump.shut()
    bench.pass_time(waited_ms * MS)
    bench.pump.shut()  # repeating it does not make the relay's time start again
    opens_unless_welded(bench, fault)


@WELDED
def test_contacts_that_a_killed_process_left_made_get_the_same_time(
    bench: "Bench", welded: str, waited_ms: int, fault: Fault | None
) -> None:
    setattr(bench, welded, True)
    bench.pass_time(waited_ms * MS)
    bench.pump.shut()
    opens_unless_welded(bench, fault)


def test_a_pin_in_use_is_named_and_the_others_are_released(bench: "Bench") -> None:
    factory = MockFactory()
    taken = OutputDevice(PINS.pulser, pin_factory=factory)
    with pytest.raises(HardwareError, match=r"pulser on GPIO 25: .*already in use"):
        GpioPump(PINS, bench.clock, factory)
    taken.close()
    GpioPump(PINS, bench.clock, factory).close()
    factory.close()
