"""Valve and meter on GPIO pins through gpiozero."""

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import RLock

from gpiozero import InputDevice
from gpiozero.pins import Factory

from firmware.guard.limiter import Limiter
from firmware.guard.stops import Stops
from gateway.core.units import NS_PER_US
from hardware.gpio.naming import named
from hardware.ports import Clock, HardwareError, PumpReading
from hardware.pump.contacts import Contacts
from hardware.wiring import PumpPins


class GpioPump:
    """Fits hardware.ports.Pump. Any thread may call; pulses arrive on gpiozero's.

    The pulse that reaches the limit breaks both contacts inside its own callback. When a
    driver's call fails, the pump shuts as far as it can and HardwareError is raised; where that
    happens in a callback, the next `open`, `renew` or `read` raises it, until a `shut` works.
    """

    def __init__(self, pins: PumpPins, clock: Clock, factory: Factory) -> None:
        self._clock = clock
        self._lock = RLock()
        self._limiter = Limiter()
        self._last_pulse_ns: int | None = None
        self._failed: HardwareError | None = None
        with ExitStack() as made:
            self._contacts = Contacts(pins, clock, factory)
            made.callback(self._contacts.close)
            with named(f"pulser on GPIO {pins.pulser}"):
                pulser = made.enter_context(InputDevice(pins.pulser, pin_factory=factory))
                # Below DigitalInputDevice, which must see both edges: half the callbacks.
                pulser.pin.edges = "rising"
                pulser.pin.when_changed = self._count
            self._devices = made.pop_all()
        atexit.register(self._shut_at_exit)

    def open(self, limit_pulses: int) -> None:
        with self._lock, self._shut_on_error():
            self._raise_failure()
            self._limiter.open(Stops(limit_pulses))
            self._contacts.make()

    def raise_limit(self, limit_pulses: int) -> None:
        with self._lock:
            self._limiter.raise_limit(Stops(limit_pulses))

    def renew(self) -> None:
        """Feed the timer of an open pump; one that is shut stays unfed."""
        with self._lock, self._shut_on_error():
            self._raise_failure()
            if self._limiter.is_open:
                self._contacts.feed()

    def shut(self) -> None:
        with self._lock:
            self._limiter.shut("commanded")
            try:
                self._contacts.break_both()
            except HardwareError as error:
                self._failed = error
                raise
            self._failed = None

    def read(self) -> PumpReading:
        with self._lock, self._shut_on_error():
            self._raise_failure()
            enable_made, limiter_made = self._contacts.read()
            return PumpReading(
                pulses_total=self._limiter.pulses_total,
                last_pulse_ns=self._last_pulse_ns,
                enable_made=enable_made,
                limiter_made=limiter_made,
            )

    def close(self) -> None:
        atexit.unregister(self._shut_at_exit)
        with self._lock, self._devices:
            self.shut()

    def _count(self, _ticks: float, _level: int) -> None:
        with self._lock:
            self._last_pulse_ns = self._clock.monotonic_ns()
            if self._limiter.add(1, self._last_pulse_ns // NS_PER_US):
                try:
                    self._contacts.break_both()
                except HardwareError as error:
                    self._failed = error

    @contextmanager
    def _shut_on_error(self) -> Iterator[None]:
        try:
            yield
        except HardwareError:
            self._limiter.shut("driver failed")
            with suppress(HardwareError):
                self._contacts.break_both()
            raise

    def _raise_failure(self) -> None:
        if self._failed is not None:
            raise self._failed

    def _shut_at_exit(self) -> None:
        with suppress(HardwareError):
            self.shut()
