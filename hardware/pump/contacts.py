"""The two contacts in series in a valve's circuit, which take turns: enable relay and timer."""

from contextlib import ExitStack

from gpiozero import InputDevice, OutputDevice
from gpiozero.pins import Factory

from gateway.core.reasons import Fault
from gateway.core.units import NS_PER_MS
from gateway.core.valve import Contact, Found
from hardware.gpio.naming import named
from hardware.ports import Clock
from hardware.wiring import PumpPins

TIMER_HOLD_MAX_NS = 1000 * NS_PER_MS
"""Longest hold of a retriggerable timer that the design allows."""
RELAY_RELEASE_MAX_NS = 100 * NS_PER_MS
"""Relays of this size let go within 15 ms; the rest is margin for one that ages."""
TURN_NS = 300 * NS_PER_MS
"""The second contact breaks this long after the first at the latest, seen broken or not."""
LOOK_NS = 10 * NS_PER_MS
"""How often to look whether the first has followed."""
_WELDED = {Contact.ENABLE: Fault.CONTACT_WELDED, Contact.LIMITER: Fault.LIMITER_WELDED}


class Contacts:
    """Broken when created and when closed. Calls raise HardwareError naming pin and device.

    Not thread-safe: the pump holds the lock.
    """

    def __init__(self, pins: PumpPins, clock: Clock, factory: Factory) -> None:
        self._clock = clock
        now_ns = clock.monotonic_ns()
        self._left_ns = {Contact.ENABLE: now_ns, Contact.LIMITER: now_ns}
        """When each was last told to break, or the timer last fed."""
        self._driven: set[Contact] = set()
        self._making: Contact | None = None
        """The one that goes first, until the other has been told to make too."""
        self._breaking: Contact | None = None
        self.found: Found | None = None
        """A contact that was made without being told to."""
        self._names = {
            Contact.ENABLE: f"enable relay on GPIO {pins.enable_relay}",
            Contact.LIMITER: f"timer feed on GPIO {pins.timer_feed}",
        }
        self._feed: OutputDevice | None = None
        self._limiter_made: InputDevice | None = None
        with ExitStack() as made:
            with named(self._names[Contact.ENABLE]):
                self._relay = made.enter_context(
                    OutputDevice(pins.enable_relay, pin_factory=factory)
                )
            with named(f"enable read-back on GPIO {pins.enable_readback}"):
                self._relay_made = made.enter_context(
                    InputDevice(pins.enable_readback, pin_factory=factory)
                )
            if pins.timer_feed is not None:
                with named(self._names[Contact.LIMITER]):
                    self._feed = made.enter_context(
                        OutputDevice(pins.timer_feed, pin_factory=factory)
                    )
            if pins.timer_readback is not None:
                with named(f"timer read-back on GPIO {pins.timer_readback}"):
                    self._limiter_made = made.enter_context(
                        InputDevice(pins.timer_readback, pin_factory=factory)
                    )
            self._devices = made.pop_all()

    @property
    def driven(self) -> bool:
        """At least one is told to be made."""
        return bool(self._driven)

    @property
    def moving(self) -> bool:
        """The second has yet to follow the first: call `follow` every 10 ms."""
        return self._making is not None or self._breaking is not None

    def make(self, first: Contact) -> None:
        """Make the first. Nothing is made while one reads made that should long have broken."""
        if self._feed is None:
            first = Contact.ENABLE
        self.read()  # nothing is made that could not be seen
        if self._is_welded(first) or self._is_welded(first.other):
            return
        self._breaking = None
        self._making = first if self._feed is not None else None
        self._drive(first)

    def feed(self) -> None:
        """Start the timer's hold again, unless its turn to make has not come."""
        if Contact.LIMITER in self._driven:
            self._drive(Contact.LIMITER)

    def follow(self) -> None:
        """Make or break the second, once the first shows that it has followed."""
        if self._making is not None:
            first, second = self._making, self._making.other
            if self._is_welded(second):
                self.break_both()
            elif self._made(first) and not self._made(second):
                self._making = None
                self._drive(second)
        elif self._breaking is not None:
            waited_ns = self._clock.monotonic_ns() - self._left_ns[self._breaking]
            if waited_ns >= TURN_NS or not self._made(self._breaking):
                self.break_both()

    def break_in_turn(self, first: Contact) -> None:
        """Break one; `follow` breaks the other."""
        if len(self._driven) < 2:
            self.break_both()
            return
        self._let_go(first)
        self._breaking = first

    def break_both(self) -> None:
        """Let the relay go and leave the timer unfed; a failing one does not spare the other."""
        self._making = self._breaking = None
        if self._relay.closed:
            return
        try:
            self._let_go(Contact.ENABLE)
        finally:
            self._let_go(Contact.LIMITER)

    def read(self) -> tuple[bool, bool | None]:
        """Read-backs of the relay's and the timer's contact; None where no timer is fitted."""
        with named("contact read-back"):
            limiter_made = None if self._limiter_made is None else bool(self._limiter_made.value)
            return bool(self._relay_made.value), limiter_made

    def close(self) -> None:
        self._devices.close()

    def _made(self, contact: Contact) -> bool:
        enable_made, limiter_made = self.read()
        return enable_made if contact is Contact.ENABLE else bool(limiter_made)

    def _drive(self, contact: Contact) -> None:
        with named(self._names[contact]):
            if contact is Contact.ENABLE:
                self._relay.on()
            elif self._feed is not None:
                # One rising edge, leaving the pin low.
                self._left_ns[contact] = self._clock.monotonic_ns()
                self._feed.on()
                self._feed.off()
        self._driven.add(contact)

    def _let_go(self, contact: Contact) -> None:
        with named(self._names[contact]):
            if contact is Contact.ENABLE:
                self._relay.off()
            elif self._feed is not None:
                self._feed.off()
        if contact in self._driven:
            self._driven.discard(contact)
            if contact is Contact.ENABLE:
                self._left_ns[contact] = self._clock.monotonic_ns()

    def _is_welded(self, contact: Contact) -> bool:
        """Made, though it was not told to, for longer than it may take to break."""
        hold_ns = RELAY_RELEASE_MAX_NS if contact is Contact.ENABLE else TIMER_HOLD_MAX_NS
        left_ns = self._clock.monotonic_ns() - self._left_ns[contact]
        if contact in self._driven or left_ns <= hold_ns or not self._made(contact):
            return False
        self.found = Found(
            _WELDED[contact],
            f"{self._names[contact]}: expected its contact to be broken, found it made; check for "
            "a welded or bridged contact before selling again",
        )
        return True
