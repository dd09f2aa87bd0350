"""Valve and meter of which a co-processor holds the limit, the count and the second contact.

The chip stops at the pulse, whatever Linux does; the Pi's relay follows when it hears of it.
When the link is lost, or the chip restarted, the relay breaks at once and the chip's contact
within the lease; the count goes on when the chip answers again.
"""

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import RLock

from gpiozero.pins import Factory

from firmware.guard.codec import Fields
from firmware.guard.stops import Stops
from gateway.core.units import NS_PER_MS
from gateway.core.valve import Contact, Found
from hardware.ports import Clock, HardwareError, PumpReading
from hardware.pump.contacts import LOOK_NS, Contacts
from hardware.pump.pico_contact import PicoContact
from hardware.pump.pico_faults import MEMORY_MISSING, UNBELIEVABLE, UNCOUNTED, Senses, fault_of
from hardware.pump.pico_fill import COMMANDED, PicoFill
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_meter import PicoMeter
from hardware.pump.pico_talk import Order
from hardware.pump.switched import EnableRelay
from hardware.wiring import PumpPins

LINK_LOST = "link_lost"
LISTEN_OPEN_NS = 20 * NS_PER_MS
LISTEN_NS = 250 * NS_PER_MS
"""How often to listen while a valve is open, and otherwise."""


@dataclass(frozen=True, slots=True)
class PicoChannel:
    """Which of a co-processor's two pumps this is, and its pulser."""

    link: PicoLink
    number: int
    """1 or 2."""
    kind: str = "a"
    """"a" for a pulser with one channel, "ab" with two."""
    gap_us: int = 0
    """Least time between two pulses of real flow; anything faster is chatter. 0: not judged."""


class PicoPump:
    """Fits hardware.ports.Pump. Any thread may call."""

    def __init__(
        self,
        pins: PumpPins,
        channel: PicoChannel,
        clock: Clock,
        factory: Factory,
    ) -> None:
        self._clock = clock
        self._lock = RLock()
        self._link, self._number, self._channel = channel.link, channel.number, channel
        self._senses: Senses | None = None
        self._meter = PicoMeter(self._number)
        self._fill = PicoFill(self._link, self._number, self._meter)
        self._clearing: Order | None = None
        self._connection = 0
        self._failed: HardwareError | None = None
        self._closed = False
        with ExitStack() as made:
            relay = EnableRelay(pins.enable_relay, pins.enable_readback, factory)
            made.callback(relay.close)
            self._contact = PicoContact(self._link, self._number)
            self._contacts = Contacts(relay, self._contact, clock)
            self._link.shut(self._number)
            self._follow()
            self._devices = made.pop_all()
        atexit.register(self._shut_at_exit)

    def compare_with(self, senses: Senses) -> None:
        """Find a fault where the Pi senses something else than the chip."""
        self._senses = senses

    def open(self, stops: Stops, first: Contact) -> None:
        with self._lock, self._shut_on_error():
            self._follow()
            self._contact.session = self._fill.begin(stops)
            self._contacts.make(first)
            self._shut_if_found()

    def raise_limit(self, stops: Stops) -> None:
        with self._lock:
            self._fill.raise_limit(stops)

    def renew(self) -> None:
        """Hold the chip's lease of an open pump; one that is shut stays unheld."""
        with self._lock, self._shut_on_error():
            self._follow()
            if self._open and not self._contacts.breaking:
                self._fill.hold()

    def shut(self, first: Contact | None = None) -> None:
        with self._lock:
            if self._closed:
                return
            if first is None or not self._open:
                self._end(COMMANDED)
            else:
                with self._shut_on_error():
                    self._contacts.break_in_turn(first)
                    self._shut_when_broken()

    def clear(self) -> None:
        with self._lock:
            self._contacts.found = None
            self._meter.clear()
            if self._senses is not None:
                self._senses.clear()
            self._clearing = self._link.order("clear", {"p": self._number}, self._number)

    def read(self) -> PumpReading:
        with self._lock, self._shut_on_error():
            self._follow()
            enable_made, limiter_made = self._contacts.read()
            return PumpReading(
                pulses_total=self._meter.total,
                last_pulse_ns=self._meter.last_pulse_ns,
                enable_made=enable_made,
                limiter_made=limiter_made,
                totaliser_pulses=self._meter.totaliser,
                totaliser_run=self._meter.run,
                uncounted_ms=self._link.state(self._number)["gap"],
                stopped=None if self._open else self._fill.stopped,
                found=self._found(),
                due_ns=self._due_ns(),
            )

    def close(self) -> None:
        atexit.unregister(self._shut_at_exit)
        with self._lock, self._devices:
            self.shut()
            self._closed = True

    @property
    def _open(self) -> bool:
        return self._fill.stops is not None

    def _follow(self) -> None:
        """Hear what the chip says, and do what follows from it. HardwareError: nobody answers."""
        if self._closed:
            raise HardwareError(f"{self._contact.name}: closed")
        self._link.listen()
        if not self._link.ready:
            if self._open or self._contacts.driven:
                self._end(LINK_LOST)
            self._link.check()
        if self._connection != self._link.connections:
            self._greeted()
        state = self._link.state(self._number)
        if state["fault"] != MEMORY_MISSING:
            self._meter.see(self._link.birth, state, self._clock.monotonic_ns())
        if self._senses is not None:
            self._senses.compare(
                self._clock.monotonic_ns(), lifted=bool(state["noz"]), stop=bool(state["stop"])
            )
        self._take_stop(state)
        self._contacts.follow()
        self._shut_when_broken()
        self._shut_if_found()

    def _greeted(self) -> None:
        """A new connection, or the chip was restarted: nothing that was armed holds."""
        if self._connection and (self._open or self._contacts.driven):
            self._end(LINK_LOST)
        self._connection = self._link.connections
        self._link.shut(self._number)
        self._link.order(
            "setup",
            {"p": self._number, "kind": self._channel.kind, "gap": self._channel.gap_us},
            self._number,
        )

    def _take_stop(self, state: Fields) -> None:
        """The chip has ended this session, or refuses it: the relay follows."""
        refused = self._fill.refused or self._contact.refused
        told = self._fill.told(state)
        if told is not None:
            if self._open and not self._contacts.breaking:
                self._end(told.why)
            self._fill.stopped = told
        elif refused and self._open:
            self._end(refused)
        elif self._fill.passed:
            # The chip's contact may have been the first of two to break, and be welded.
            self._end("limit")

    def _shut_when_broken(self) -> None:
        if self._open and not self._contacts.driven:
            self._end(COMMANDED)

    def _shut_if_found(self) -> None:
        if self._open and self._found() is not None:
            self._end("fault")

    def _end(self, why: str) -> None:
        """Break both at once; the chip's own account of it replaces ours when it comes."""
        self._fill.end(why)
        try:
            self._contacts.break_both()
        except HardwareError as error:
            self._failed = error
            raise
        self._failed = None

    @contextmanager
    def _shut_on_error(self) -> Iterator[None]:
        """A contact that cannot be broken is remembered until a `shut` works."""
        try:
            if self._failed is not None:
                raise self._failed
            yield
        except HardwareError:
            if self._open or self._contacts.driven:
                with suppress(HardwareError):
                    self._end("driver failed")
            raise

    def _found(self) -> Found | None:
        if self._contacts.found is not None:
            return self._contacts.found
        state = self._link.state(self._number)
        being_cleared = self._clearing is not None and self._clearing.answer is None
        if state["fault"] and not being_cleared:
            return fault_of(state["fault"], self._contact.name)
        if self._meter.unbelievable is not None:
            return fault_of(UNBELIEVABLE, self._contact.name)
        if self._meter.uncounted:
            return fault_of(UNCOUNTED, self._contact.name)
        return None if self._senses is None else self._senses.found

    def _due_ns(self) -> int:
        now_ns = self._clock.monotonic_ns()
        if self._contacts.moving:
            return now_ns + LOOK_NS
        return now_ns + (LISTEN_OPEN_NS if self._open else LISTEN_NS)

    def _shut_at_exit(self) -> None:
        with suppress(HardwareError):
            self.shut()
