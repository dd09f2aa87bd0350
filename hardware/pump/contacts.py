"""The two contacts in series in a valve's circuit: the enable relay's and the timer's."""

from contextlib import ExitStack

from gpiozero import InputDevice, OutputDevice
from gpiozero.pins import Factory

from gateway.core.units import NS_PER_MS
from hardware.gpio.naming import named
from hardware.ports import Clock, HardwareError
from hardware.wiring import PumpPins

TIMER_HOLD_MAX_NS = 1000 * NS_PER_MS
"""Longest hold of a retriggerable timer that the design allows."""
RELAY_RELEASE_MAX_NS = 100 * NS_PER_MS
"""Relays of this size let go within 15 ms; the rest is margin for one that ages."""


class Contacts:
    """Broken when created and when closed. Calls raise HardwareError naming pin and device.

    Not thread-safe: the pump holds the lock.
    """

    def __init__(self, pins: PumpPins, clock: Clock, factory: Factory) -> None:
        self._clock = clock
        now_ns = clock.monotonic_ns()
        self._fed_ns = now_ns
        self._released_ns = now_ns
        self._made = False
        self._relay_name = f"enable relay on GPIO {pins.enable_relay}"
        self._feed_name = f"timer feed on GPIO {pins.timer_feed}"
        self._feed: OutputDevice | None = None
        self._limiter_made: InputDevice | None = None
        with ExitStack() as made:
            with named(self._relay_name):
                self._relay = made.enter_context(
                    OutputDevice(pins.enable_relay, pin_factory=factory)
                )
            with named(f"enable read-back on GPIO {pins.enable_readback}"):
                self._relay_made = made.enter_context(
                    InputDevice(pins.enable_readback, pin_factory=factory)
                )
            if pins.timer_feed is not None:
                with named(self._feed_name):
                    self._feed = made.enter_context(
                        OutputDevice(pins.timer_feed, pin_factory=factory)
                    )
            if pins.timer_readback is not None:
                with named(f"timer read-back on GPIO {pins.timer_readback}"):
                    self._limiter_made = made.enter_context(
                        InputDevice(pins.timer_readback, pin_factory=factory)
                    )
            self._devices = made.pop_all()

    def make(self) -> None:
        """Make both; refused while one reads made that should long have broken."""
        self._refuse_welded()
        self._made = True
        with named(self._relay_name):
            self._relay.on()
        self.feed()

    def feed(self) -> None:
        """Start the timer's hold again: one rising edge, leaving the pin low."""
        if self._feed is None:
            return
        self._fed_ns = self._clock.monotonic_ns()
        with named(self._feed_name):
            self._feed.on()
            self._feed.off()

    def break_both(self) -> None:
        """Let the relay go and leave the timer unfed; a failing one does not spare the other."""
        if self._relay.closed:
            return
        try:
            with named(self._relay_name):
                self._relay.off()
        finally:
            if self._feed is not None:
                with named(self._feed_name):
                    self._feed.off()
        if self._made:
            self._made = False
            self._released_ns = self._clock.monotonic_ns()

    def read(self) -> tuple[bool, bool | None]:
        """Read-backs of the relay's and the timer's contact; None where no timer is fitted."""
        with named("contact read-back"):
            limiter_made = None if self._limiter_made is None else bool(self._limiter_made.value)
            return bool(self._relay_made.value), limiter_made

    def close(self) -> None:
        self._devices.close()

    def _refuse_welded(self) -> None:
        now_ns = self._clock.monotonic_ns()
        relay_made, limiter_made = self.read()
        if relay_made and now_ns - self._released_ns > RELAY_RELEASE_MAX_NS:
            raise HardwareError(_welded(self._relay_name, "let go"))
        if limiter_made and now_ns - self._fed_ns > TIMER_HOLD_MAX_NS:
            raise HardwareError(_welded(self._feed_name, "unfed for over a second"))


def _welded(device: str, why: str) -> str:
    return (
        f"{device}: expected its contact to be broken ({why}), found it made; "
        "check for a welded or bridged contact before selling again"
    )
