"""A pump's contacts as its session uses them: opened up to a limit, shut, and kept fed."""

import logging
from collections.abc import Callable
from contextlib import suppress

from gateway.core.events import DeviceFailed, DeviceRecovered, Event, Metered, StopRequested
from gateway.core.facts import CounterReading
from gateway.core.reasons import Fault
from gateway.core.session import Session
from gateway.core.units import NS_PER_MS
from gateway.core.valve import Contact, StopAt
from hardware.ports import Clock, HardwareError, LinkLost, Pump, PumpReading, Stops

log = logging.getLogger(__name__)

RENEWALS_PER_HOLD = 3
"""The timer is fed this often within its hold, so that one late turn does not shut the valve."""


class Valve:
    """What the pump refuses, and its silence, become events of the session."""

    def __init__(
        self,
        pump: int,
        contacts: Pump,
        timer_hold_ms: int,
        clock: Clock,
        tell: Callable[[Event], None],
    ) -> None:
        """`timer_hold_ms`: 0 where there is no timer to feed."""
        self._pump = pump
        self._contacts = contacts
        self._clock = clock
        self._tell = tell
        self._feed_every_ns = timer_hold_ms * NS_PER_MS // RENEWALS_PER_HOLD
        self._next_feed_ns = clock.monotonic_ns()
        self._silent = False
        self._link_lost = False
        self.read_again_ns: int | None = None
        """When the driver wants to be read again; None: it needs no calls."""

    @property
    def next_feed_ns(self) -> int | None:
        """When an open valve must be fed again; None without a timer."""
        return self._next_feed_ns if self._feed_every_ns > 0 else None

    def shut(self, first: Contact | None = None) -> None:
        self._guarded(lambda: self._contacts.shut(first))

    def open(self, stop_at: StopAt, first: Contact) -> None:
        """Pulses since the last reading may have passed a tiny limit: then nothing is opened."""
        stops = _stops(stop_at)
        self._guarded(lambda: self._contacts.open(stops, first), refused="limit_passed")
        self._next_feed_ns = self._clock.monotonic_ns() + self._feed_every_ns

    def raise_limit(self, stop_at: StopAt) -> None:
        """The old limit may have been reached before the new one was durable."""
        stops = _stops(stop_at)
        self._guarded(lambda: self._contacts.raise_limit(stops), refused="reservation_late")

    def feed(self, now_ns: int) -> None:
        """Renew the lease of an open valve, if it is due."""
        due_ns = self.next_feed_ns
        # Early rather than late: most turns of the loop then feed every open pump.
        if due_ns is not None and now_ns >= due_ns - self._feed_every_ns // 2:
            self._guarded(self._contacts.renew)
            self._next_feed_ns = now_ns + self._feed_every_ns

    def read(self) -> PumpReading | None:
        """None: the pump is silent."""
        try:
            reading = self._contacts.read()
        except HardwareError as error:
            self.is_silent(error)
            return None
        if self._link_lost:
            self._link_lost = False
            log.warning(
                "pump %d: its limiter answers again",
                self._pump,
                extra={"event": "limiter_answers", "pump": self._pump},
            )
            self._tell(DeviceRecovered(Fault.LIMITER_SILENT))
        self._silent = False
        self.read_again_ns = reading.due_ns
        return reading

    def clear(self) -> None:
        self._guarded(self._contacts.clear)

    def break_what_can_be(self) -> None:
        """Of a silent pump: whatever could not be broken before is tried again until it can."""
        with suppress(HardwareError):
            self._contacts.shut()

    def is_silent(self, error: HardwareError) -> None:
        """The pump, or what belongs to it, does not answer: told once."""
        if isinstance(error, LinkLost):
            if not self._link_lost:
                self._link_lost = True
                log.error(
                    "pump %d: %s",
                    self._pump,
                    error,
                    extra={"event": "limiter_silent", "pump": self._pump},
                )
                self._tell(DeviceFailed(Fault.LIMITER_SILENT, str(error)[:200]))
        elif not self._silent:
            self._silent = True
            log.error(
                "pump %d: %s", self._pump, error, extra={"event": "pump_silent", "pump": self._pump}
            )
            self._tell(DeviceFailed(Fault.PUMP_SILENT, str(error)[:200]))

    def fault_cleared(self) -> None:
        """Silence is told again from now on."""
        self._silent = False

    def _guarded(self, use: Callable[[], None], refused: str = "refused") -> None:
        try:
            use()
        except ValueError as error:
            log.warning(
                "pump %d: %s",
                self._pump,
                error,
                extra={"event": "valve_refused", "pump": self._pump},
            )
            self._tell(StopRequested(refused))
        except HardwareError as error:
            self.is_silent(error)


def counted_from(reading: PumpReading) -> CounterReading | None:
    """What the co-processor's count was when the driver's was 0; None without a co-processor.

    Below 0 where it fell back at a restart: it had not yet kept all that the driver heard of.
    """
    count, run = reading.totaliser_pulses, reading.totaliser_run
    if count is None or run is None:
        return None
    return CounterReading(run, count - reading.pulses_total)


def is_known(reading: PumpReading, session: Session) -> bool:
    """It says nothing that the session has not been told."""
    return (
        reading.pulses_total == session.pulses_total
        and reading.enable_made == session.enable_made
        and reading.limiter_made == session.limiter_made
        and reading.stopped == session.stopped
        and reading.found == session.found
    )


def metered(reading: PumpReading) -> Metered:
    """What the session is told of it."""
    return Metered(
        reading.pulses_total,
        reading.enable_made,
        reading.limiter_made,
        reading.stopped,
        reading.found,
    )


def _stops(at: StopAt) -> Stops:
    return Stops(
        at.limit_pulses,
        at.slow_pulses,
        at.slow_rate_mhz,
        at.slow_within_us,
        at.dose_pulses,
        at.lags,
    )
