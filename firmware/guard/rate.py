"""How fast pulses come, from the last few of them."""

SPAN_US = 10_000
"""Points lie at least so far apart: at 5 kHz one interval read to 1 µs would be 0.5 % wrong."""
POINTS = 6
PULSES_MHZ_US = 1_000_000_000
"""A pulse is so many mHz·µs: a rate in mHz times a time in µs, divided by it, are pulses."""


class Rate:
    """The median of the last five spans, so that one odd interval changes nothing.

    A bounce or a lost pulse makes one span odd, a pause of the driver's hand another.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget; the rate is 0 until two points are known."""
        self.points: list[tuple[int, int]] = []
        self.mhz = 0

    def add(self, pulses_total: int, at_us: int) -> None:
        """The cumulative count, and when its last pulse came (µs, cumulative)."""
        points = self.points
        if points and at_us - points[-1][1] < SPAN_US:
            return
        points.append((pulses_total, at_us))
        if len(points) > POINTS:
            points.pop(0)
        if len(points) > 1:
            rates = sorted([self._span_mhz(at) for at in range(1, len(points))])
            self.mhz = rates[(len(rates) - 1) // 2]

    def slowest_since(self, since_us: int) -> int:
        """The lower of the last two spans' rates; 0 unless both began at `since_us` or later."""
        points = self.points
        if len(points) < 3 or points[-3][1] < since_us:
            return 0
        return min(self._span_mhz(-1), self._span_mhz(-2))

    def _span_mhz(self, at: int) -> int:
        pulses, at_us = self.points[at]
        before, before_us = self.points[at - 1]
        return (pulses - before) * PULSES_MHZ_US // (at_us - before_us)
