"""The stop at a limit: shared by the GPIO driver and the co-processor.

Plain Python that MicroPython runs too: no I/O, no clock, no imports. Whoever counts pulses
tells it, and breaks both contacts at once when `add` answers True. Not thread-safe: the
caller holds its own lock. Each f-string stands alone: MicroPython does not join them.
"""

LIMIT_REACHED = "limit reached"
NEVER_OPENED = "never opened"


class Limiter:
    """Two states, shut and open; only `open` leads out of shut. It starts shut at 0 pulses."""

    def __init__(self) -> None:
        self.is_open = False
        self.pulses_total = 0
        """Every pulse since the start, open or shut; never decreases."""
        self.limit_pulses = 0
        """The cumulative count at which an open pump shuts."""
        self.shut_reason = NEVER_OPENED
        """Why it last shut; the first reason stands."""

    def open(self, limit_pulses: int) -> None:
        """Leave shut. ValueError when open already or when the limit leaves no pulse to pass."""
        if self.is_open:
            raise ValueError(f"already open with limit {self.limit_pulses}: raise it or shut first")
        if limit_pulses <= self.pulses_total:
            raise ValueError(
                f"limit {limit_pulses}: expected above the {self.pulses_total} counted"
            )
        self.limit_pulses = limit_pulses
        self.is_open = True

    def raise_limit(self, limit_pulses: int) -> None:
        """Move the limit of an open pump up. A lower value, or a shut pump, is a ValueError."""
        if not self.is_open:
            raise ValueError(f"pump is shut ({self.shut_reason}): its limit cannot be raised")
        if limit_pulses < self.limit_pulses:
            raise ValueError(f"limit {limit_pulses}: expected at least {self.limit_pulses}")
        self.limit_pulses = limit_pulses

    def add(self, pulses: int) -> bool:
        """Count pulses (0 or more). True, once, when they reach the limit of an open pump."""
        if pulses < 0:
            raise ValueError(f"{pulses} pulses: a meter does not count backwards")
        self.pulses_total += pulses
        if self.is_open and self.pulses_total >= self.limit_pulses:
            self.shut(LIMIT_REACHED)
            return True
        return False

    def shut(self, reason: str) -> None:
        """Shut, or stay shut for the reason given first."""
        if self.is_open:
            self.is_open = False
            self.shut_reason = reason
