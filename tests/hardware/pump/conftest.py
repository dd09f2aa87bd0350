"""Rigs for the pump contract: a driver, and what it is wired to."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from gateway.core.valve import Contact
from hardware.ports import Pump
from hardware.pump.gpio import GpioPump
from hardware.simulated.client import ForecourtClient
from hardware.simulated.clock import SimulatedClock
from hardware.simulated.control import ForecourtControl
from hardware.simulated.pins import SimulatedFactory
from hardware.wiring import DEMO_WIRING
from tests.hardware.pump.pico_bench import PicoBench

PINS = DEMO_WIRING[0].pins
MS = 1_000_000
TIMER_HOLD_NS = 300 * MS


class PumpRig(Protocol):
    """What the contract needs beside the driver; a new driver brings its own."""

    pump: Pump

    def pulse(self, count: int) -> None:
        """Let the meter turn by so many pulses, feeding the lease meanwhile."""

    def pass_time(self, duration_ns: int) -> None: ...

    def now_ns(self) -> int: ...

    def current_flows(self) -> bool:
        """Whether the valve's circuit is commanded to carry current at this instant."""

    def weld(self, contact: Contact, welded: bool) -> None:
        """Let a contact stay made whatever it is told, or mend it."""


class ManualClock:
    def __init__(self) -> None:
        self.now_ns = 5_000 * MS

    def monotonic_ns(self) -> int:
        return self.now_ns

    def utc_ns(self) -> int:
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


class BenchPin(MockPin):  # type: ignore[misc]
    """An output that tells the bench of each change, and can be made to refuse."""

    bench: "Bench"
    refuses: bool = False

    def _set_state(self, value: Any) -> None:
        if self.refuses:
            raise OSError("Input/output error")
        rising = bool(value) and not self._state
        super()._set_state(value)
        self.bench.changed(self._number, rising=rising)


class Bench:
    """A GPIO pump on gpiozero's mock pins, with contacts that follow as soon as time passes."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.factory = MockFactory()
        self.held_until_ns = 0
        self.relay_welded = self.limiter_welded = False
        self.sensed_in_series = False
        """The limiter's read-back lies behind both contacts."""
        self.relay = self._output(PINS.enable_relay)
        self.feed = self._output(PINS.timer_feed)
        self.pump = GpioPump(PINS, self.clock, self.factory)

    def _output(self, number: int | None) -> BenchPin:
        pin = self.factory.pin(number, pin_class=BenchPin)
        pin.bench = self
        assert isinstance(pin, BenchPin)
        return pin

    def input(self, number: int | None) -> Any:
        return self.factory.pin(number)

    def changed(self, number: int, *, rising: bool) -> None:
        if number == PINS.timer_feed and rising:
            self.held_until_ns = self.clock.now_ns + TIMER_HOLD_NS

    def follow(self) -> None:
        self.drive(PINS.enable_readback, self.relay_welded or bool(self.relay.state))
        made = self.limiter_welded or self.clock.now_ns < self.held_until_ns
        if self.sensed_in_series:
            made = made and bool(self.relay.state)
        self.drive(PINS.timer_readback, made)

    def weld(self, contact: Contact, welded: bool) -> None:
        if contact is Contact.ENABLE:
            self.relay_welded = welded
        else:
            self.limiter_welded = welded
        self.follow()

    def drive(self, number: int | None, level: bool) -> None:
        pin = self.input(number)
        if level:
            pin.drive_high()
        else:
            pin.drive_low()

    def pulse(self, count: int) -> None:
        for _ in range(count):
            self.pass_time(5 * MS)
            self.drive(PINS.pulser, True)
            self.pass_time(5 * MS)
            self.drive(PINS.pulser, False)
            self.pump.renew()

    def pass_time(self, duration_ns: int) -> None:
        self.clock.now_ns += duration_ns
        self.follow()

    def now_ns(self) -> int:
        return self.clock.now_ns

    def current_flows(self) -> bool:
        return bool(self.relay.state)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.relay.refuses = bench.feed.refuses = False
    bench.pump.close()
    bench.factory.close()


class Forecourt:
    """A GPIO pump on the simulated forecourt, whose nozzle is lifted and squeezed throughout."""

    def __init__(self, path: Path) -> None:
        self.control = ForecourtControl(path)
        self.client = ForecourtClient(path)
        self.clock = SimulatedClock(self.client)
        self.factory = SimulatedFactory(self.client, self.clock)
        self.pump: Pump = GpioPump(PINS, self.clock, self.factory)
        self.control.ask("lift", pump=1)
        self.control.ask("squeeze", pump=1)

    def pulse(self, count: int) -> None:
        target = self.pump.read().pulses_total + count
        while self.pump.read().pulses_total < target:
            # A pulse takes 10 ms at full flow, so a step never passes two.
            self.clock.advance(self.clock.monotonic_ns() + 5 * MS)
            self.pump.renew()

    def pass_time(self, duration_ns: int) -> None:
        until_ns = self.clock.monotonic_ns() + duration_ns
        while self.clock.monotonic_ns() < until_ns:
            self.clock.advance(until_ns)

    def now_ns(self) -> int:
        return self.clock.monotonic_ns()

    def current_flows(self) -> bool:
        return bool(self.factory.pin(PINS.enable_relay).state)

    def weld(self, contact: Contact, welded: bool) -> None:
        name = "enable_welded" if contact is Contact.ENABLE else "limiter_welded"
        self.control.ask("fault", pump=1, name=name, on=welded)

    def close(self) -> None:
        self.pump.close()
        self.client.close()
        self.control.close()


@pytest.fixture
def forecourt(start_forecourt: Callable[..., Path]) -> Iterator[Forecourt]:
    forecourt = Forecourt(start_forecourt(time="simulated"))
    yield forecourt
    forecourt.close()


@pytest.fixture
def pico(tmp_path: Path) -> Iterator[PicoBench]:
    pico = PicoBench(tmp_path)
    yield pico
    pico.close()


@pytest.fixture(params=["bench", "forecourt", "pico"])
def rig(request: pytest.FixtureRequest) -> PumpRig:
    """Every implementation of hardware.ports.Pump, one after the other."""
    found: PumpRig = request.getfixturevalue(request.param)
    return found
