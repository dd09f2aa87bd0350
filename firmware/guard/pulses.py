"""What an interrupt does: count a pulse, and say when the contact has to break.

Every number here stays a small int, nothing is created, and each attribute has one writer, so
that a hard interrupt can run it between any two instructions of the main loop. The interrupt
writes what `Counter.__init__` has above its line, the main loop what is below.
"""

from firmware.guard.ticks import MASK

NOTHING, SLOW, BREAK = 0, 1, 2
"""Answers to a pulse: go on, go to slow flow, break the contact at once."""

NEVER = -1
"""A trip count that no counter reaches."""

CHATTER, MISSING_CHANNEL, NOT_ALTERNATING, REVERSE = 1, 2, 3, 4
FAULTS = ("", "chatter", "missing_channel", "not_alternating", "reverse")
"""What a counter's `fault` means; 0 is none."""

BOUNCE_WEIGHT, BOUNCES_FULL = 4, 12
"""Each pulse that comes too soon weighs 4, each other takes 1 away; at 12 it is chatter: four
bounces on successive pulses are, one every fourth pulse never is."""
ALONE_RISES = 8
"""So many rises of one channel that were not counted, with none of the other: the other is
missing. Fewer may be a disc that rests on an edge and trembles: nothing but their number tells."""
ALONE_US = 60_000_000
"""Rises further apart than this do not add up: a resting disc trembles again and again."""
SKIPS_FULL = 2
"""So many times both channels changed at once, without four clean edges between: wrong wiring or
a pulser faster than the chip."""
REVERSE_PULSES = 2
"""A whole pulse backwards can be the hammer of a closing valve; the second in a row is flow."""


def after(count: int) -> int:
    """The next of a count modulo 2**30, which is no small int itself."""
    return 0 if count == MASK else count + 1


class Counter:
    """Counts modulo 2**30. A bounce is counted too: the limit then comes early, never late."""

    def __init__(self) -> None:
        self.counted = 0
        self.last_us = 0
        """When the last pulse came, as the chip's counter says."""
        self.reversed = 0
        """Whole pulses backwards; cumulative, never subtracted."""
        self.fault = 0
        self.tripped = 0
        """1 once the contact had to break; the main loop sets it back before it makes it."""
        self._bounces = 0
        # The main loop writes these.
        self.trip = NEVER
        """At this count the contact breaks."""
        self.slow_trip = NEVER
        self.gap_us = 0
        """No real flow is faster; 0 while the relay's own noise is to be expected."""

    def pulse(self, raw_us: int) -> int:
        """One pulse forward, now. NOTHING, SLOW or BREAK."""
        if raw_us - self.last_us & MASK < self.gap_us:
            self._bounces += BOUNCE_WEIGHT
            if self._bounces >= BOUNCES_FULL:
                self.fault = self.fault or CHATTER
        elif self._bounces:
            self._bounces -= 1
        self.last_us = raw_us
        return self.late()

    def late(self) -> int:
        """One pulse forward at an earlier moment that nobody knows, so that it is not judged."""
        counted = after(self.counted)
        self.counted = counted
        if counted == self.trip or self.fault:
            self.tripped = 1
            return BREAK
        return SLOW if counted == self.slow_trip else NOTHING

    def doubt(self, rises: int) -> int:
        """So many rises may be pulses, or none: BREAK where the limit lies within them."""
        if self.trip == NEVER or self.trip - self.counted & MASK > rises:
            return NOTHING
        self.tripped = 1
        return BREAK

    def forgive(self) -> None:
        """Forget a fault, after a technician."""
        self.fault = 0
        self._bounces = 0


class Single(Counter):
    """One channel: each rise is a pulse."""

    def __init__(self, levels: int = 0) -> None:
        super().__init__()
        self._level = levels & 1

    def edge(self, raw_us: int, levels: int) -> int:
        """The line changed; `levels` holds channel A in bit 0. NOTHING, SLOW or BREAK."""
        level = levels & 1
        rose = level > self._level
        self._level = level
        return self.pulse(raw_us) if rose else NOTHING


QUARTER = (0, 1, 3, 2)
"""Place within a pulse by levels (A in bit 0, B in bit 1): A rises, B rises, A falls, B falls."""


class Dual(Counter):
    """Two channels a quarter of a pulse apart: A rises first when fuel flows forward.

    A pulse is counted where A rises, and once however often the disc trembles there. Where one
    channel is dead, the rises of the other are counted instead, also those before that was known;
    until it is known, the limit holds as if they were counted.
    """

    def __init__(self, levels: int = 0) -> None:
        super().__init__()
        self._place = QUARTER[levels & 3]
        self._turned = (self._place - 1) % 4
        """Quarters since the last pulse; 4 is the next."""
        self._levels = levels & 3
        self._channel = 0
        self._rises = 0
        self._rose_us = 0
        self._skips = 0
        self._clean = 0
        self._backwards = 0

    def forgive(self) -> None:
        super().forgive()
        self._channel = self._skips = self._backwards = 0
        self._turned = (self._place - 1) % 4

    def edge(self, raw_us: int, levels: int) -> int:
        """A line changed; A in bit 0, B in bit 1, read at once. NOTHING, SLOW or BREAK."""
        changed = levels ^ self._levels
        if not changed:
            return NOTHING
        self._levels = levels
        place = QUARTER[levels]
        moved = place - self._place & 3
        self._place = place
        if changed == 3:
            return self._skip(raw_us)
        if self._alone(raw_us, changed, levels & changed, moved):
            self.fault = self.fault or MISSING_CHANNEL
            while self._rises:
                self._rises -= 1
                self.pulse(raw_us)
            self.tripped = 1
            return BREAK
        if self._clean < 4:
            self._clean += 1
        else:
            self._skips = 0
        answer = self._turn(raw_us, 1 if moved == 1 else -1)
        return max(answer, self.doubt(self._rises)) if self._rises else answer

    def _alone(self, raw_us: int, channel: int, rose: int, moved: int) -> bool:
        """Whether the other channel has been silent for too long."""
        known = self.fault == MISSING_CHANNEL
        if channel != self._channel:
            known = False
            self._channel = channel
            # A rise that looks like reverse flow has not been counted; the others have.
            self._rises = 1 if rose and moved == 3 else 0
        elif rose:
            if raw_us - self._rose_us & MASK > ALONE_US:
                self._rises = 0
            self._rises += 1
        if rose:
            self._rose_us = raw_us
        return known or self._rises >= ALONE_RISES

    def _skip(self, raw_us: int) -> int:
        """Both lines changed: an edge was missed. Taken as forward, so as not to lose it."""
        self._channel = self._clean = 0
        self._skips += 1
        if self._skips >= SKIPS_FULL:
            self.fault = self.fault or NOT_ALTERNATING
        answer = self._turn(raw_us, 2)
        if not self.fault:
            return answer
        self.tripped = 1
        return BREAK

    def _turn(self, raw_us: int, quarters: int) -> int:
        turned = self._turned + quarters
        if turned >= 4:
            self._turned = turned - 4
            self._backwards = 0
            return self.pulse(raw_us)
        if turned <= -4:
            turned += 4
            self.reversed = after(self.reversed)
            self._backwards += 1
            if self._backwards >= REVERSE_PULSES:
                self.fault = self.fault or REVERSE
                self._turned = turned
                self.tripped = 1
                return BREAK
        self._turned = turned
        return NOTHING
