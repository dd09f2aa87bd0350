"""What the words of the A/B state machines mean: pulses forward, back, and a channel missing.

The state machines tell from the chip's start on, whatever kind of pulser is fitted. So the
follower hears every word; while one channel alone is counted it only keeps up, and a pump that
becomes A/B begins where the disc stands.

`moved` runs in a hard interrupt, with small ints only; `compare` in the main loop, with the
interrupt held off. Positions count modulo 2**16, rises modulo 2**14, as PIO tells them.
"""

from firmware.guard import pulses

POSITIONS, RISES = 0xFFFF, 0x3FFF
ALONE = 3
"""So many rises of one channel with none of the other, or of both without a step: a fault."""


class Follower:
    """One pump's. A Dual counter's `pulse` is called for each step beyond the furthest."""

    def __init__(self) -> None:
        self._furthest = 0
        self._backwards = 0
        self._steps = 0
        self._a = self._b = 0

    def moved(self, counter: pulses.Counter, raw_us: int, position: int) -> int:
        """A step forward or back. pulses.NOTHING, SLOW or BREAK."""
        self._steps += 1
        if not isinstance(counter, pulses.Dual):
            self._furthest = position
            self._backwards = 0
            return pulses.NOTHING
        ahead = (position - self._furthest + 0x8000 & POSITIONS) - 0x8000
        answer = pulses.NOTHING
        while ahead > 0:
            ahead -= 1
            self._backwards = 0
            self._furthest = self._furthest + 1 & POSITIONS
            answer = max(answer, counter.pulse(raw_us))
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
            self._a, self._b, self._steps = a, b, 0
            return
        new_a, new_b = a - self._a & RISES, b - self._b & RISES
        alone = (new_a == 0) != (new_b == 0)
        together = self._steps == 0 and new_a > 0 and new_b > 0
        if (alone or together) and max(new_a, new_b) >= ALONE:
            fault = pulses.MISSING_CHANNEL if alone else pulses.NOT_ALTERNATING
            counter.fault = counter.fault or fault
            counter.tripped = 1
            for _ in range(max(new_a, new_b) - min(self._steps, 1)):
                counter.pulse(raw_us)
        elif alone or together:
            return
        self._a, self._b, self._steps = a, b, 0
