"""What the words of the A/B state machines mean: pulses forward, back, and a channel missing.

The state machines tell from the chip's start on, whatever kind of pulser is fitted. So the
follower hears every word; while one channel alone is counted it only keeps up, and a pump that
becomes A/B begins where the disc stands.

`moved` runs in a hard interrupt, with small ints only; `compare` in the main loop, with the
interrupt held off. Positions count modulo 2**16, rises modulo 2**14, as PIO tells them.
"""

from firmware.guard import pulses
from firmware.guard.ticks import MASK

POSITIONS, RISES = 0xFFFF, 0x3FFF
TOGETHER = 3
"""So many rises of both channels without a step: a fault."""


class Follower:
    """One pump's. A Dual counter's `pulse` is called for each step beyond the furthest."""

    def __init__(self) -> None:
        self._furthest = 0
        self._backwards = 0
        # Since `compare` last understood what it saw: steps either way, and pulses counted.
        self._steps = self._counted = 0
        self._a = self._b = 0
        self._alone = self._alone_us = 0

    def moved(self, counter: pulses.Counter, raw_us: int, position: int) -> int:
        """A step forward or back. pulses.NOTHING, SLOW or BREAK."""
        self._steps += 1
        if not isinstance(counter, pulses.Dual):
            self._furthest = position
            self._backwards = 0
            return pulses.NOTHING
        if self._backwards >= pulses.REVERSE_PULSES and not counter.fault:
            self._backwards = 0  # a technician has looked
        ahead = (position - self._furthest + 0x8000 & POSITIONS) - 0x8000
        answer = pulses.NOTHING
        while ahead > 0:
            ahead -= 1
            self._backwards = 0
            self._furthest = self._furthest + 1 & POSITIONS
            self._counted += 1
            # Of steps that are told at once only the last one was now.
            answer = max(answer, counter.late() if ahead else counter.pulse(raw_us))
        while ahead < -1:
            # The first step back is the edge that the last pulse stopped at.
            ahead += 1
            self._furthest = self._furthest - 1 & POSITIONS
            counter.reversed = pulses.after(counter.reversed)
            self._backwards += 1
            if self._backwards >= pulses.REVERSE_PULSES:
                counter.fault = counter.fault or pulses.REVERSE
                counter.tripped = 1
                answer = pulses.BREAK
        return answer

    def compare(self, counter: pulses.Counter, raw_us: int, a: int, b: int) -> None:
        """Rises of both channels so far. Where one is dead, count the other's instead."""
        if not isinstance(counter, pulses.Dual):
            self._understood(a, b)
            return
        new_a, new_b = a - self._a & RISES, b - self._b & RISES
        rises = max(new_a, new_b)
        unsure = max(0, rises - self._counted)
        if (new_a == 0) != (new_b == 0):
            if not self._still_alone(rises, raw_us):
                self._understood(a, b)
            elif unsure < pulses.ALONE_RISES and counter.fault != pulses.MISSING_CHANNEL:
                counter.doubt(unsure)
            else:
                self._fail(counter, pulses.MISSING_CHANNEL, unsure, raw_us)
                self._understood(a, b)
            return
        self._alone = 0
        if self._steps == 0 and rises:
            if rises < TOGETHER:
                return
            self._fail(counter, pulses.NOT_ALTERNATING, unsure, raw_us)
        self._understood(a, b)

    def _understood(self, a: int, b: int) -> None:
        self._a, self._b = a, b
        self._steps = self._counted = 0

    def _still_alone(self, rises: int, raw_us: int) -> bool:
        """Whether so many rises of one channel are new, or not long ago."""
        if rises != self._alone:
            self._alone, self._alone_us = rises, raw_us
        return raw_us - self._alone_us & MASK <= pulses.ALONE_US

    def _fail(self, counter: pulses.Counter, fault: int, uncounted: int, raw_us: int) -> None:
        counter.fault = counter.fault or fault
        counter.tripped = 1
        for _ in range(uncounted):
            counter.pulse(raw_us)
