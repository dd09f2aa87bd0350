"""Valve and meter of which a co-processor holds the limit, the count and the second contact.

The chip stops at the pulse, whatever Linux does; the Pi's relay follows when it hears of it.
When the link is lost, or the chip restarted, the relay breaks at once and the chip's contact
within the lease; the count goes on when the chip answers again.
"""

import atexit
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import RLock

from gpiozero.pins import Factory

from firmware.guard.codec import Fields
from firmware.guard.messages import FILL_MAX, NUMBER_32
from firmware.guard.orders import fields_of
from firmware.guard.stops import Stops
from gateway.core.units import NS_PER_MS
from gateway.core.valve import Contact, Found, Stopped
from hardware.ports import Clock, HardwareError, PumpReading
from hardware.pump.contacts import LOOK_NS, Contacts
from hardware.pump.pico_contact import PicoContact
from hardware.pump.pico_faults import UNBELIEVABLE, UNCOUNTED, Senses, fault_of
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_meter import PicoMeter
from hardware.pump.pico_talk import Order
from hardware.pump.stopped import how_stopped
from hardware.pump.switched import EnableRelay
from hardware.wiring import PumpPins

COMMANDED = "commanded"
LINK_LOST = "link_lost"
LISTEN_OPEN_NS = 20 * NS_PER_MS
LISTEN_NS = 250 * NS_PER_MS
"""How often to listen while a valve is open, and otherwise."""
BY_HOST = ("host", "break")
"""What the chip calls a stop that we asked for."""


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
        self._meter = PicoMeter()
        self._stops: Stops | None = None
        """Of the open pump, in our counts; None when it is shut."""
        self._last_stops: Stops | None = None
        """Those of the last fill, by which the chip says where it ended."""
        self._session = secrets.randbelow(NUMBER_32 // 2)
        self._arming: Order | None = None
        self._clearing: Order | None = None
        self._connection = 0
        self._stopped: Stopped | None = None
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
            if self._stops is not None:
                raise ValueError(f"already open with limit {self._stops.limit_pulses}")
            self._check_stops(stops)
            self._session = self._session % NUMBER_32 + 1
            self._contact.session = self._session
            self._stops = self._last_stops = stops
            self._stopped = None
            self._link.claim(self._number, self._session)
            self._arming = self._order("arm", stops, lease=self._link.lease_ms)
            self._contacts.make(first)
            self._shut_if_found()

    def raise_limit(self, stops: Stops) -> None:
        with self._lock:
            if self._stops is None:
                raise ValueError("shut: open it before its limit is raised")
            stops.check_raised_from(self._stops)
            self._check_stops(stops)
            self._order("raise", stops)
            self._stops = self._last_stops = stops

    def renew(self) -> None:
        """Hold the chip's lease of an open pump; one that is shut stays unheld."""
        with self._lock, self._shut_on_error():
            self._follow()
            if self._stops is not None and not self._contacts.breaking:
                self._link.hold(self._number, self._session)

    def shut(self, first: Contact | None = None) -> None:
        with self._lock:
            if self._closed:
                return
            if first is None or self._stops is None:
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
                stopped=None if self._stops is not None else self._stopped,
                found=self._found(),
                due_ns=self._due_ns(),
            )

    def close(self) -> None:
        atexit.unregister(self._shut_at_exit)
        with self._lock, self._devices:
            self.shut()
            self._closed = True

    def _follow(self) -> None:
        """Hear what the chip says, and do what follows from it. HardwareError: nobody answers."""
        if self._closed:
            raise HardwareError(f"{self._contact.name}: closed")
        self._link.listen()
        if not self._link.ready:
            if self._stops is not None or self._contacts.driven:
                self._end(LINK_LOST)
            self._link.check()
        if self._connection != self._link.connections:
            self._greeted()
        state = self._link.state(self._number)
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
        if self._connection and (self._stops is not None or self._contacts.driven):
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
        refused = "" if self._arming is None else self._arming.answer or self._contact.refused
        if state["s"] == self._session and not state["armed"]:
            why = COMMANDED if state["why"] in BY_HOST else state["why"]
            at = self._meter.our_count(state["at"])
            if self._stops is not None and not self._contacts.breaking:
                self._end(why)
            self._stopped = how_stopped(why, at, state["rate"], self._last_stops)
        elif refused and self._stops is not None:
            self._end(refused)
        elif self._stops is not None and self._meter.total >= self._stops.limit_pulses:
            # The chip's contact may have been the first of two to break, and be welded.
            self._end("limit")

    def _shut_when_broken(self) -> None:
        if self._stops is not None and not self._contacts.driven:
            self._end(COMMANDED)

    def _shut_if_found(self) -> None:
        if self._stops is not None and self._found() is not None:
            self._end("fault")

    def _end(self, why: str) -> None:
        """Break both at once; the chip's own account of it replaces ours when it comes."""
        if self._stops is not None:
            self._stopped = how_stopped(why, self._meter.total, 0, self._stops)
        self._stops = None
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
            if self._stops is not None or self._contacts.driven:
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

    def _check_stops(self, stops: Stops) -> None:
        total = self._meter.total
        for name, pulses in (("limit", stops.limit_pulses), ("dose", stops.dose_pulses)):
            if pulses is not None and pulses <= total:
                raise ValueError(f"{name} {pulses}: expected above the {total} counted")
        if stops.limit_pulses > total + FILL_MAX:
            raise ValueError(f"limit {stops.limit_pulses}: expected at most {total + FILL_MAX}")

    def _order(self, verb: str, stops: Stops, **more: int) -> Order:
        chip = self._meter.chip_count
        there = Stops(
            chip(stops.limit_pulses),
            None if stops.slow_pulses is None else chip(stops.slow_pulses),
            stops.slow_rate_mhz,
            stops.slow_within_us,
            None if stops.dose_pulses is None else chip(stops.dose_pulses),
            stops.lags,
        )
        fields = {"p": self._number, "s": self._session, **fields_of(there), **more}
        return self._link.order(verb, fields, self._number)

    def _due_ns(self) -> int:
        now_ns = self._clock.monotonic_ns()
        if self._contacts.moving:
            return now_ns + LOOK_NS
        return now_ns + (LISTEN_NS if self._stops is None else LISTEN_OPEN_NS)

    def _shut_at_exit(self) -> None:
        with suppress(HardwareError):
            self.shut()
