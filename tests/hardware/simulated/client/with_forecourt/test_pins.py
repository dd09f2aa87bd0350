"""The client's pins on the real forecourt."""

from collections.abc import Callable

import pytest
from gpiozero.exc import PinFixedPull, PinSetInput

from firmware.guard.stops import Stops
from gateway.core.valve import Contact
from hardware.pump.gpio import GpioPump
from hardware.simulated.clock import SimulatedClock
from tests.hardware.simulated.client.with_forecourt.station import MS, PINS, Station


def test_each_pulse_is_counted_at_its_own_instant(station: Station) -> None:
    client = station.connect()
    clock = SimulatedClock(client)
    factory = station.factory(client, clock)
    pump = GpioPump(PINS, clock, factory)
    station.control.ask("lift", pump=1)
    station.control.ask("squeeze", pump=1)
    pump.open(Stops(100_000), Contact.ENABLE)
    instants: set[int | None] = set()
    until_ns = clock.monotonic_ns() + 3000 * MS
    while clock.monotonic_ns() < until_ns:
        clock.advance(min(until_ns, clock.monotonic_ns() + 50 * MS))
        pump.renew()
        instants.add(pump.read().last_pulse_ns)
    counted = pump.read().pulses_total
    assert counted == station.pump()["pulses"] > 200
    assert len(instants) > 40
    pump.close()


def test_a_pin_watches_the_edges_it_was_asked_for(station: Station) -> None:
    factory = station.factory(station.connect())
    seen: list[tuple[str, bool]] = []

    def watch(edges: str) -> Callable[[float, bool], None]:
        return lambda _ticks, state: seen.append((edges, state))

    pin = factory.pin(PINS.nozzle)
    for edges in ("rising", "falling", "both", "none"):
        pin.edges = edges
        watcher = watch(edges)
        pin.when_changed = watcher
        pin.drive(1)
        pin.drive(1)
        pin.drive(0)
    assert seen == [("rising", True), ("falling", False), ("both", True), ("both", False)]
    pin.when_changed = None
    pin.drive(1)
    assert pin.state is True
    assert len(seen) == 4


def test_a_pull_is_no_signal_and_history_is_not_kept(station: Station) -> None:
    factory = station.factory(station.connect())
    pin = factory.pin(PINS.pulser)
    for pull in ("up", "down", "floating"):
        pin.pull = pull
        assert pin.pull == pull
        assert pin.state is False
    with pytest.raises(ValueError, match="pull must be"):
        pin.pull = "sideways"
    for _ in range(100):
        pin.drive(1)
        pin.drive(0)
    assert not hasattr(pin, "states")


def test_a_pin_with_a_resistor_of_its_own_keeps_it(station: Station) -> None:
    pin = station.factory(station.connect()).pin(2)
    assert pin.pull == "up"
    pin.pull = "up"
    with pytest.raises(PinFixedPull):
        pin.pull = "down"


def test_only_outputs_are_driven_and_a_released_one_reads_low(station: Station) -> None:
    factory = station.factory(station.connect())
    pin = factory.pin(PINS.lamp_red)
    assert pin.state is False
    with pytest.raises(PinSetInput):
        pin.state = True
    pin.function = "output"
    pin.state = True
    assert pin.state is True
    pin.function = "input"
    assert pin.state is False


def test_edges_before_a_pin_is_used_are_not_forgotten(station: Station) -> None:
    client = station.connect()
    clock = SimulatedClock(client)
    factory = station.factory(client, clock)
    station.control.ask("lift", pump=1)
    clock.advance(clock.monotonic_ns() + 5 * MS)
    assert factory.pin(PINS.nozzle).state is True
    assert factory.ticks() == clock.monotonic_ns() / 1e9
