"""One contact in a valve's circuit with its read-back: the enable relay, the timer's."""

from contextlib import ExitStack
from typing import Protocol

from gpiozero import InputDevice, OutputDevice
from gpiozero.pins import Factory

from gateway.core.units import NS_PER_MS
from hardware.gpio.naming import named
from hardware.wiring import Pin

RELAY_RELEASE_MAX_NS = 100 * NS_PER_MS
"""Relays of this size let go within 15 ms; the rest is margin for one that ages."""
TIMER_HOLD_MAX_NS = 1000 * NS_PER_MS
"""Longest hold of a retriggerable timer that the design allows."""


class SwitchedContact(Protocol):
    """Broken when created. Calls raise HardwareError naming the device."""

    name: str
    runs_out: bool
    """A timer's: it breaks by itself after the last `make`, and `let_go` only leaves it to."""
    release_max_ns: int
    """Longest that it still reads made after `let_go`, or after that last `make`."""

    def make(self) -> None: ...

    def let_go(self) -> None:
        """Break it; nothing when it is broken or closed."""

    @property
    def made(self) -> bool | None:
        """What its read-back says; None where none is fitted."""

    def close(self) -> None: ...


class EnableRelay:
    """The relay that the Pi holds; its read-back is fitted always."""

    runs_out = False
    release_max_ns = RELAY_RELEASE_MAX_NS

    def __init__(self, relay: Pin, readback: Pin, factory: Factory) -> None:
        self.name = f"enable relay on GPIO {relay}"
        with ExitStack() as made:
            with named(self.name):
                self._relay = made.enter_context(OutputDevice(relay, pin_factory=factory))
            with named(f"enable read-back on GPIO {readback}"):
                self._readback = made.enter_context(InputDevice(readback, pin_factory=factory))
            self._devices = made.pop_all()

    def make(self) -> None:
        with named(self.name):
            self._relay.on()

    def let_go(self) -> None:
        if not self._relay.closed:
            with named(self.name):
                self._relay.off()

    @property
    def made(self) -> bool:
        with named("contact read-back"):
            return bool(self._readback.value)

    def close(self) -> None:
        self._devices.close()


class TimerContact:
    """The retriggerable timer's: each `make` starts its hold again; it is left to run out."""

    runs_out = True
    release_max_ns = TIMER_HOLD_MAX_NS

    def __init__(self, feed: Pin, readback: Pin | None, factory: Factory) -> None:
        self.name = f"timer feed on GPIO {feed}"
        self._readback: InputDevice | None = None
        with ExitStack() as made:
            with named(self.name):
                self._feed = made.enter_context(OutputDevice(feed, pin_factory=factory))
            if readback is not None:
                with named(f"timer read-back on GPIO {readback}"):
                    self._readback = made.enter_context(InputDevice(readback, pin_factory=factory))
            self._devices = made.pop_all()

    def make(self) -> None:
        """One rising edge, leaving the pin low."""
        with named(self.name):
            self._feed.on()
            self._feed.off()

    def let_go(self) -> None:
        if not self._feed.closed:
            with named(self.name):
                self._feed.off()

    @property
    def made(self) -> bool | None:
        with named("contact read-back"):
            return None if self._readback is None else bool(self._readback.value)

    def close(self) -> None:
        self._devices.close()
