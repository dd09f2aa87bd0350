"""How long fuel runs on after a pump's valve is told to shut, learned from each stop, by flow.

What was learned is a bound from below: the shortest lag that explains the count. So whoever stops
by it delivers rather a little too much than too little; FIELD.md asks for at most one pulse under
and 0.05 L over. Exact integers throughout: µs, and pulses per 1,000 seconds (mHz).
"""

from dataclasses import dataclass

OCTAVES = 6
"""Flows are kept apart by halves of the pump's highest: at 240 L/min the lowest is 7.5 and less."""
KEPT = 16
"""Samples of each; a valve that ages by 20 % over a thousand fills is followed within a few."""
RANK = 3
"""The third smallest of 16 counts: two odd stops change nothing."""
ENOUGH = 5
"""Fewer samples than these borrow from other flows: most of a lag is the same at all of them."""
LEAST_US = 25_000
"""No valve is faster; assumed of one that nothing is known of."""
SCATTER_US = 10_000
"""A stop may take so much less than what was learned: valves are not quite alike each time."""
MHZ_US_PER_MILLIPULSE = 1_000_000

Points = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Lags:
    """One pump's samples, µs, newest last; one row an octave of flow, the highest last."""

    samples: tuple[tuple[int, ...], ...] = ((),) * OCTAVES

    def learned(
        self, top_mhz: int, most_us: int, *, at_millipulses: int, rate_mhz: int, end_pulses: int
    ) -> "Lags":
        """With one stop more: where the meter stood when the valve was told to shut, how fast it
        turned, and the count when all had settled. `most_us` bounds what is believed."""
        shortest_us = (end_pulses * 1000 - at_millipulses) * MHZ_US_PER_MILLIPULSE // rate_mhz
        sample_us = min(max(shortest_us, LEAST_US), most_us)
        octave = _octave(rate_mhz, top_mhz)
        row = (*self.samples[octave], sample_us)[-KEPT:]
        return Lags((*self.samples[:octave], row, *self.samples[octave + 1 :]))

    def points(self, top_mhz: int, most_us: int) -> Points:
        """(rate, lag) in rising rate, to interpolate between; never empty."""
        if not any(self.samples):
            return ((top_mhz, min(LEAST_US, most_us)),)
        by_rate = {}
        for octave in range(OCTAVES):
            middle_mhz = max(1, (top_mhz * 3 >> 2) >> (OCTAVES - 1 - octave))
            by_rate[middle_mhz] = min(max(self._low(octave) - SCATTER_US, LEAST_US), most_us)
        return tuple(by_rate.items())

    def _low(self, octave: int) -> int:
        """A low rank of this octave's samples; with few of its own, of faster flows' too, whose
        pulses tell the time more finely, and of slower ones' only then."""
        known = list(self.samples[octave])
        for other in (*range(octave + 1, OCTAVES), *range(octave - 1, -1, -1)):
            if len(known) >= ENOUGH:
                break
            known.extend(self.samples[other])
        return sorted(known)[(len(known[:KEPT]) * RANK - 1) // KEPT]


def _octave(rate_mhz: int, top_mhz: int) -> int:
    octave = OCTAVES - 1
    while octave and rate_mhz * 2 <= top_mhz:
        rate_mhz *= 2
        octave -= 1
    return octave
