"""The stop at a limit: shared by the GPIO driver and the co-processor.

Plain Python that MicroPython runs too: no I/O, no clock, integers alone. Whoever counts pulses
tells it, and breaks both contacts at once when `add` or `tick` answers True. Not thread-safe:
the caller holds its own lock.
"""

from firmware.guard.rate import PULSES_MHZ_US, Rate
from firmware.guard.stops import Stops

LIMIT_REACHED = "limit"
DOSE_REACHED = "dose"
NOT_SLOW = "not_slow"
NEVER_OPENED = "never_opened"


class Limiter:
    """Two states, shut and open; only `open` leads out of shut. Times are cumulative µs."""

    def __init__(self, pulses_total: int = 0) -> None:
        self.is_open = False
        self.pulses_total = pulses_total
        """Every pulse since the start, open or shut; never decreases."""
        self.stops: Stops | None = None
        self.slow = False
        """A two-stage valve is to flow slowly: true from `slow_pulses` until it shuts."""
        self.due_us: int | None = None
        """When `tick` will shut for the dose; None while the next pulse comes before that."""
        self.shut_reason = NEVER_OPENED
        """Why it last shut; the first reason stands."""
        self.stopped_pulses = pulses_total
        """The count at the moment it last shut."""
        self.stopped_rate_mhz = 0
        """The rate at that moment."""
        self._rate = Rate()
        self._slow_since_us: int | None = None
        self._last_us = 0

    @property
    def limit_pulses(self) -> int:
        """The cumulative count at which an open pump shuts; 0 before the first opening."""
        return 0 if self.stops is None else self.stops.limit_pulses

    @property
    def rate_mhz(self) -> int:
        return self._rate.mhz

    def open(self, stops: Stops) -> None:
        """Leave shut. ValueError when open already or when a stop leaves no pulse to pass."""
        if self.is_open:
            raise ValueError(f"already open with limit {self.limit_pulses}: raise it or shut first")
        for name, pulses in (("limit", stops.limit_pulses), ("dose", stops.dose_pulses)):
            if pulses is not None and pulses <= self.pulses_total:
                raise ValueError(f"{name} {pulses}: expected above the {self.pulses_total} counted")
        self._rate.clear()
        self._slow_since_us = None
        self.due_us = None
        self.stops = stops
        self.slow = stops.slow_pulses is not None and self.pulses_total >= stops.slow_pulses
        self.is_open = True

    def raise_limit(self, stops: Stops) -> None:
        """Move the stops of an open pump up. A lower one, or a shut pump, is a ValueError."""
        if not self.is_open or self.stops is None:
            raise ValueError(f"pump is shut ({self.shut_reason}): its limit cannot be raised")
        stops.check_raised_from(self.stops)
        self.stops = stops
        if stops.slow_pulses is None or self.pulses_total < stops.slow_pulses:
            self.slow = False
            self._slow_since_us = None
        self._foresee(stops)

    def add(self, pulses: int, at_us: int) -> bool:
        """Count pulses (0 or more), the last of which came at `at_us`. True, once, to shut now."""
        if pulses < 0:
            raise ValueError(f"{pulses} pulses: a meter does not count backwards")
        self.pulses_total += pulses
        if pulses == 0 or not self.is_open or self.stops is None:
            return False
        self._rate.add(self.pulses_total, at_us)
        self._last_us = at_us
        if self.pulses_total >= self.stops.limit_pulses:
            return self.shut(LIMIT_REACHED)
        if self._too_fast(self.stops):
            return self.shut(NOT_SLOW)
        self._foresee(self.stops)
        return self.tick(at_us)

    def tick(self, now_us: int) -> bool:
        """True, once, when the time to shut for the dose has come between two pulses."""
        if self.is_open and self.due_us is not None and now_us >= self.due_us:
            return self.shut(DOSE_REACHED)
        return False

    def shut(self, reason: str) -> bool:
        """Shut, or stay shut for the reason given first. True when it was open."""
        if not self.is_open:
            return False
        self.is_open = False
        self.slow = False
        self.due_us = None
        self.shut_reason = reason
        self.stopped_pulses = self.pulses_total
        self.stopped_rate_mhz = self._rate.mhz
        return True

    def _too_fast(self, stops: Stops) -> bool:
        """Go to slow flow when due; whether flow is still fast when it must be slow by now."""
        if stops.slow_pulses is None or self.pulses_total < stops.slow_pulses:
            return False
        self.slow = True
        if self._slow_since_us is None:
            self._slow_since_us = self._last_us
        slowest_mhz = self._rate.slowest_since(self._slow_since_us + stops.slow_within_us)
        return slowest_mhz > stops.slow_rate_mhz

    def _foresee(self, stops: Stops) -> None:
        """Work out when count + rate × lag reaches the dose, if that is before the next pulse.

        Flow may end at any moment, so time alone shuts only until the next pulse is due: what
        is taken for granted without having been measured is at most one pulse.
        """
        self.due_us = None
        if stops.dose_pulses is None:
            return
        rate_mhz = self._rate.mhz
        missing = (stops.dose_pulses - self.pulses_total) * PULSES_MHZ_US
        if rate_mhz:
            missing -= rate_mhz * stops.lag_us(rate_mhz)
        if missing <= 0:
            self.due_us = self._last_us
        elif rate_mhz and missing <= PULSES_MHZ_US:
            self.due_us = self._last_us - (-missing // rate_mhz)
