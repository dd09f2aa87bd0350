"""The client and its time on the real forecourt."""

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pytest
from gpiozero import DigitalInputDevice, InputDevice, OutputDevice

from firmware.guard.stops import Stops
from gateway.core.valve import Contact
from hardware.clock import MachineClock
from hardware.ports import HardwareError
from hardware.pump.gpio import GpioPump
from hardware.simulated.clock import SimulatedClock
from hardware.wiring import DEMO_STOP_PIN

if TYPE_CHECKING:
    from tests.hardware.conftest import Forecourts
from tests.hardware.simulated.client.with_forecourt.station import (
    MS,
    PINS,
    VERSION_READ,
    Station,
    wait_until,
)


def test_knows_the_inputs_levels_at_once(station: Station) -> None:
    station.control.ask("lift", pump=1)
    client = station.connect()
    assert client.time == "simulated"
    assert client.levels[PINS.nozzle] == 1
    assert client.levels[DEMO_STOP_PIN] == 0
    factory = station.factory(client)
    with (
        InputDevice(PINS.nozzle, pull_up=True, pin_factory=factory) as nozzle,
        InputDevice(DEMO_STOP_PIN, pull_up=True, pin_factory=factory) as stop,
    ):
        assert (nozzle.pin.state, stop.pin.state) == (True, False)


def test_one_gateway_at_a_time(station: Station) -> None:
    first = station.connect()
    with pytest.raises(HardwareError, match="refused: a gateway is connected already"):
        station.connect()
    first.spi(0, 0, VERSION_READ)
    first.close()
    wait_until(lambda: not station.control.ask("status")["gateway"])
    station.connect()


def test_the_readers_answer_over_spi_and_time_passes_meanwhile(station: Station) -> None:
    client = station.connect()
    before_ns = client.now_ns
    for device in (0, 1):
        assert client.spi(0, device, VERSION_READ)[1] in (0x91, 0x92)
    assert client.now_ns > before_ns
    with pytest.raises(HardwareError, match=r"no reader is wired to spidev1\.2"):
        client.spi(1, 2, VERSION_READ)


def test_outputs_reach_the_forecourt_and_fall_when_released(station: Station) -> None:
    client = station.connect()
    factory = station.factory(client)
    with OutputDevice(PINS.lamp_green, pin_factory=factory) as lamp:
        client.advance(0)
        assert station.pump()["lamps"]["green"] == 0
        lamp.on()
        client.advance(0)
        assert station.pump()["lamps"]["green"] == 1
    client.advance(0)
    assert station.pump()["lamps"]["green"] == 0


@pytest.mark.parametrize(("release", "left"), [("low", 0), ("hold", 1)])
def test_a_gateway_that_vanishes_leaves_its_pins_to_the_setting(
    start_station: Callable[..., Station], release: str, left: int
) -> None:
    station = start_station(time="simulated", release=release)
    client = station.connect()
    lamp = OutputDevice(PINS.lamp_green, pin_factory=station.factory(client))
    lamp.on()
    client.close()
    wait_until(lambda: not station.control.ask("status")["gateway"])
    assert station.pump()["lamps"]["green"] == left
    lamp.close()  # a released pin needs no forecourt

    follower = station.connect()
    with OutputDevice(PINS.lamp_green, pin_factory=station.factory(follower)):
        follower.advance(0)
        assert station.pump()["lamps"]["green"] == 0


def test_simulated_time_moves_only_when_asked(station: Station) -> None:
    client = station.connect()
    clock = SimulatedClock(client)
    start_ns = clock.monotonic_ns()
    assert clock.utc_ns() == 1_762_128_000_000_000_000 + start_ns
    clock.sleep(0.0051)
    assert clock.monotonic_ns() == start_ns + 5_100_000
    clock.advance(start_ns + 60_000 * MS)
    assert clock.monotonic_ns() == start_ns + 60_000 * MS
    assert clock.utc_ns() == 1_762_128_000_000_000_000 + start_ns + 60_000 * MS


def test_an_advance_stops_right_after_an_edge_that_is_no_pulse(station: Station) -> None:
    client = station.connect()
    clock = SimulatedClock(client)
    factory = station.factory(client, clock)
    told: list[tuple[int, bool]] = []
    with (
        OutputDevice(PINS.enable_relay, pin_factory=factory) as relay,
        DigitalInputDevice(PINS.enable_readback, pin_factory=factory) as made,
    ):
        made.when_activated = lambda: told.append((clock.monotonic_ns(), made.is_active))
        start_ns = clock.monotonic_ns()
        relay.on()
        clock.advance(start_ns + 1000 * MS)
        assert start_ns < clock.monotonic_ns() < start_ns + 1000 * MS
        assert told == [(clock.monotonic_ns(), True)]


def test_real_time_needs_the_machines_clock(start_station: Callable[..., Station]) -> None:
    with pytest.raises(ValueError, match="real time"):
        SimulatedClock(start_station(time="real").connect())


def test_in_real_time_edges_come_by_themselves(start_station: Callable[..., Station]) -> None:
    station = start_station(time="real")
    station.control.ask("lift", pump=1)
    client = station.connect()
    clock = MachineClock()
    factory = station.factory(client, clock)
    assert factory.pin(PINS.nozzle).state is True
    pump = GpioPump(PINS, clock, factory)
    station.control.ask("squeeze", pump=1)
    pump.open(Stops(20), Contact.ENABLE)

    def stopped_by_itself() -> bool:
        pump.renew()
        return pump.read().pulses_total >= 20

    wait_until(stopped_by_itself)
    assert factory.pin(PINS.enable_relay).state is False
    wait_until(lambda: station.pump()["flow_ml_per_min"] == 0)
    wait_until(lambda: pump.read().pulses_total == station.pump()["pulses"])
    hung = threading.Event()
    with DigitalInputDevice(PINS.nozzle, pull_up=True, pin_factory=factory) as nozzle:
        nozzle.when_activated = hung.set
        station.control.ask("hang", pump=1)
        assert hung.wait(10)
    assert clock.utc_ns() > clock.monotonic_ns()
    pump.close()


@pytest.mark.parametrize("time", ["simulated", "real"])
def test_a_forecourt_that_ends_is_no_zero_reading(
    forecourts: "Forecourts", start_station: Callable[..., Station], time: str
) -> None:
    station = start_station(time=time)
    client = station.connect()
    clock = MachineClock() if time == "real" else SimulatedClock(client)
    pump = GpioPump(PINS, clock, station.factory(client, clock))
    pump.open(Stops(100), Contact.ENABLE)
    forecourts.stop(station.path)
    with pytest.raises(HardwareError, match="forecourt"):
        client.spi(0, 0, VERSION_READ)
    again = partial(pump.open, Stops(200), Contact.ENABLE)
    for call in (pump.renew, pump.read, again, pump.shut, pump.close):
        with pytest.raises(
            HardwareError, match=f"forecourt at {station.path} .*see its own output"
        ):
            call()
