from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gpiozero import OutputDevice
from gpiozero.pins.mock import MockFactory

from hardware.gpio.bypass import GpioBypassKey
from hardware.gpio.emergency_stop import GpioEmergencyStop
from hardware.gpio.nozzle import GpioNozzle
from hardware.gpio.supply import GpioSupply
from hardware.ports import HardwareError

PIN = 24

Switch = tuple[Any, Callable[[], bool]]


@pytest.fixture(params=["nozzle", "emergency stop", "bypass key"])
def switch(request: pytest.FixtureRequest, factory: MockFactory) -> Iterator[Switch]:
    """Each reads a switch to ground that is closed when all is quiet."""
    if request.param == "nozzle":
        nozzle = GpioNozzle(PIN, factory)
        yield nozzle, lambda: nozzle.lifted
        nozzle.close()
    elif request.param == "bypass key":
        key = GpioBypassKey(PIN, factory)
        yield key, lambda: key.on
        key.close()
    else:
        stop = GpioEmergencyStop(PIN, factory)
        yield stop, lambda: stop.pressed
        stop.close()


def test_a_broken_wire_reads_as_lifted_pressed_or_turned(switch: Switch) -> None:
    _, is_open = switch
    assert is_open()


def test_a_ups_is_on_battery_where_its_contact_or_wire_is_open(factory: MockFactory) -> None:
    supply = GpioSupply(PIN, factory)
    assert supply.on_battery
    factory.pin(PIN).drive_low()
    assert not supply.on_battery
    supply.close()
    with pytest.raises(HardwareError, match=r"UPS's contact on GPIO 24"):
        _ = supply.on_battery


def test_low_is_hung_or_healthy(switch: Switch, factory: MockFactory) -> None:
    _, is_open = switch
    factory.pin(PIN).drive_low()
    assert not is_open()
    factory.pin(PIN).drive_high()
    assert is_open()


def test_tells_each_change_to_the_last_listener(switch: Switch, factory: MockFactory) -> None:
    device, _ = switch
    earlier: list[bool] = []
    told: list[bool] = []
    device.on_change(earlier.append)
    device.on_change(told.append)
    pin = factory.pin(PIN)
    pin.drive_low()
    pin.drive_high()
    pin.drive_high()
    pin.drive_low()
    assert told == [False, True, False]
    assert earlier == []


def test_real_pins_are_asked_to_ignore_bounces_of_20_to_50_ms(
    switch: Switch, factory: MockFactory
) -> None:
    assert 0.02 <= factory.pin(PIN).bounce <= 0.05
    assert factory.pin(PIN).pull == "up"


def test_a_closed_switch_is_no_answer(switch: Switch) -> None:
    device, is_open = switch
    device.close()
    named = r"(nozzle switch|emergency stop loop|bypass key) on GPIO 24"
    with pytest.raises(HardwareError, match=named):
        is_open()
    device.close()


@pytest.mark.parametrize(
    ("kind", "name"), [(GpioNozzle, "nozzle switch"), (GpioEmergencyStop, "emergency stop loop")]
)
def test_a_pin_in_use_is_named(kind: Any, name: str, factory: MockFactory) -> None:
    with (
        OutputDevice(PIN, pin_factory=factory),
        pytest.raises(HardwareError, match=rf"^{name} on GPIO 24: .*already in use"),
    ):
        kind(PIN, factory)
