"""The chip's microsecond counter, which starts again every 18 minutes."""

PERIOD = 1 << 30
"""`time.ticks_us` of MicroPython on a Pico counts modulo this: the largest small int and one."""
MASK = PERIOD - 1
HALF = PERIOD >> 1


def since(later: int, earlier: int) -> int:
    """Microseconds from one reading to another, negative if they are the other way round.

    Right for readings less than nine minutes apart.
    """
    return (later - earlier + HALF & MASK) - HALF


class Ticks:
    """Cumulative microseconds, from readings taken at least every nine minutes."""

    def __init__(self, raw_us: int) -> None:
        self._raw = raw_us & MASK
        self.now_us = 0

    def advance(self, raw_us: int) -> int:
        """Cumulative time of a reading; one that seems to lie in the past changes nothing."""
        passed = since(raw_us, self._raw)
        if passed > 0:
            self.now_us += passed
            self._raw = raw_us & MASK
        return self.now_us

    def place(self, raw_us: int) -> int:
        """Cumulative time of an earlier reading, such as an interrupt's."""
        return self.now_us + min(0, since(raw_us, self._raw))
