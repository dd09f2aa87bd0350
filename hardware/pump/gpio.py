"""Valve and meter on GPIO pins through gpiozero.

What it cannot do, and a co-processor can: count and stop while Linux is busy or dead; stop
between two pulses at the foreseen microsecond (here at the next call of `read` or `renew`);
drive a two-stage valve; tell an A/B pulser's direction; keep a totaliser over a restart.
"""

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import RLock

from gpiozero import InputDevice
from gpiozero.pins import Factory

from firmware.guard.limiter import NEVER_OPENED, Limiter
from firmware.guard.rate import PULSES_MHZ_US
from firmware.guard.stops import Stops
from gateway.core.units import NS_PER_MS, NS_PER_S, NS_PER_US
from gateway.core.valve import Contact, Stopped
from hardware.gpio.naming import named
from hardware.ports import Clock, HardwareError, PumpReading
from hardware.pump.contacts import LOOK_NS, Contacts
from hardware.pump.stopped import how_stopped
from hardware.pump.switched import TIMER_HOLD_MAX_NS, EnableRelay, TimerContact
from hardware.wiring import PumpPins

COMMANDED = "commanded"
LAPSED = "lease"
"""As a co-processor says it: the gateway stood still for too long."""
NEAREST_NS = NS_PER_MS
"""The least time to the next look at a dose that draws near."""


class GpioPump:
    """Fits hardware.ports.Pump. Any thread may call; pulses arrive on gpiozero's.

    The pulse that reaches the limit breaks both contacts inside its own callback. When a
    driver's call fails, the pump shuts as far as it can and HardwareError is raised; where that
    happens in a callback, the next `open`, `renew` or `read` raises it, until a `shut` works.
    """

    def __init__(
        self,
        pins: PumpPins,
        clock: Clock,
        factory: Factory,
        timer_hold_ns: int = TIMER_HOLD_MAX_NS,
    ) -> None:
        """`timer_hold_ns`: how long the timer keeps its contact made unfed."""
        self._clock = clock
        self._timer_hold_ns = timer_hold_ns
        self._lock = RLock()
        self._limiter = Limiter()
        self._last_pulse_ns: int | None = None
        self._failed: HardwareError | None = None
        with ExitStack() as made:
            enable = EnableRelay(pins.enable_relay, pins.enable_readback, factory)
            made.callback(enable.close)
            timer = None
            if pins.timer_feed is not None:
                timer = TimerContact(pins.timer_feed, pins.timer_readback, factory)
                made.callback(timer.close)
            self._contacts = Contacts(enable, timer, clock)
            with named(f"pulser on GPIO {pins.pulser}"):
                pulser = made.enter_context(InputDevice(pins.pulser, pin_factory=factory))
                # Below DigitalInputDevice, which must see both edges: half the callbacks.
                pulser.pin.edges = "rising"
                pulser.pin.when_changed = self._count
            self._devices = made.pop_all()
        atexit.register(self._shut_at_exit)

    def open(self, stops: Stops, first: Contact) -> None:
        if stops.slow_pulses is not None:
            raise ValueError("slow flow: a pump on GPIO has a single-stage valve")
        with self._lock, self._shut_on_error():
            self._raise_failure()
            self._limiter.open(stops)
            self._contacts.make(first)
            self._shut_if_found()

    def raise_limit(self, stops: Stops) -> None:
        with self._lock:
            self._limiter.raise_limit(stops)

    def renew(self) -> None:
        """Feed the timer of an open pump; one that is shut stays unfed."""
        with self._lock, self._shut_on_error():
            self._raise_failure()
            self._follow()
            # It may stand still between having looked and feeding, too.
            if self._limiter.is_open and self._contacts.feed() >= self._timer_hold_ns:
                self._limiter.shut(LAPSED)
                self._break_now()

    def shut(self, first: Contact | None = None) -> None:
        with self._lock:
            try:
                if first is None or not self._limiter.is_open:
                    self._limiter.shut(COMMANDED)
                    self._contacts.break_both()
                else:
                    self._contacts.break_in_turn(first)
                    self._shut_when_broken()
            except HardwareError as error:
                self._limiter.shut(COMMANDED)
                self._failed = error
                raise
            self._failed = None

    def clear(self) -> None:
        with self._lock:
            self._contacts.found = None

    def read(self) -> PumpReading:
        with self._lock, self._shut_on_error():
            self._raise_failure()
            self._follow()
            enable_made, limiter_made = self._contacts.read()
            return PumpReading(
                pulses_total=self._limiter.pulses_total,
                last_pulse_ns=self._last_pulse_ns,
                enable_made=enable_made,
                limiter_made=limiter_made,
                stopped=self._stopped(),
                found=self._contacts.found,
                due_ns=self._due_ns(),
            )

    def close(self) -> None:
        atexit.unregister(self._shut_at_exit)
        with self._lock, self._devices:
            self.shut()

    def _count(self, ticks: float, _level: int) -> None:
        with self._lock:
            self._last_pulse_ns = self._edge_ns(ticks)
            if self._limiter.add(1, self._last_pulse_ns // NS_PER_US):
                self._break_now()

    def _edge_ns(self, ticks: float) -> int:
        """The kernel's time stamp of an edge, unless it is from another clock than ours."""
        now_ns, edge_ns = self._clock.monotonic_ns(), round(ticks * NS_PER_S)
        before_ns = max(self._last_pulse_ns or 0, now_ns - NS_PER_S)
        return edge_ns if before_ns <= edge_ns <= now_ns else now_ns

    def _follow(self) -> None:
        """What is due between two pulses: the other contact, the foreseen end of a dose."""
        if self._contacts.lapsed(self._timer_hold_ns):
            self._limiter.shut(LAPSED)
            self._break_now()
        if self._contacts.moving:
            self._contacts.follow()
            self._shut_if_found()
            self._shut_when_broken()
        if self._limiter.tick(self._clock.monotonic_ns() // NS_PER_US):
            self._break_now()

    def _shut_if_found(self) -> None:
        if self._contacts.found is not None:
            self._limiter.shut("fault")

    def _shut_when_broken(self) -> None:
        """The stops are kept until the second contact has been told to break."""
        if not self._contacts.driven:
            self._limiter.shut(COMMANDED)

    def _break_now(self) -> None:
        try:
            self._contacts.break_both()
        except HardwareError as error:
            self._failed = error

    def _stopped(self) -> Stopped | None:
        limiter = self._limiter
        if limiter.is_open or limiter.shut_reason == NEVER_OPENED:
            return None
        return how_stopped(
            limiter.shut_reason, limiter.stopped_pulses, limiter.stopped_rate_mhz, limiter.stops
        )

    def _due_ns(self) -> int | None:
        """When to be called again: to look at a contact, or for a dose that draws near."""
        now_ns = self._clock.monotonic_ns()
        if self._contacts.moving:
            return now_ns + LOOK_NS
        limiter = self._limiter
        if limiter.due_us is not None:
            return limiter.due_us * NS_PER_US
        stops = limiter.stops
        if not limiter.is_open or stops is None or stops.dose_pulses is None:
            return None
        if not limiter.rate_mhz:
            return None
        missing = (stops.dose_pulses - limiter.pulses_total) * PULSES_MHZ_US
        left_us = missing // limiter.rate_mhz - stops.lag_us(limiter.rate_mhz)
        # Half of the way: the foreseen moment itself is known only after the last pulse before it.
        return now_ns + max(NEAREST_NS, left_us * NS_PER_US // 2)

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
