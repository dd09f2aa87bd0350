"""The pulser: a disc turned by the meter, so that its edges lie at exact volumes for ever."""

from collections.abc import Iterator

from gateway.core.units import Calibration
from hardware.simulated.forecourt.flow import NL_PER_ML, Segment

SLOTS = 16
"""Positions of the disc within one pulse."""

Pattern = tuple[tuple[int, int], ...]
"""(slot, level from there on) in rising order."""

CLEAN: Pattern = ((0, 1), (8, 0))
QUARTER_LATER: Pattern = ((4, 1), (12, 0))
"""The second channel of an A/B pulser: forward, the first leads."""
CHATTER: Pattern = ((0, 1), (1, 0), (2, 1), (8, 0))
"""A worn contact bounces once: two rising edges for one pulse."""
SILENT: Pattern = ()


class Disc:
    """Where the edges of a meter with this calibration lie."""

    def __init__(self, calibration: Calibration) -> None:
        self._slots = SLOTS * calibration.pulses
        self._nl = 1000 * NL_PER_ML * calibration.litres

    def volume_of(self, slot: int) -> int:
        """Smallest integral (nl) at which the disc has turned `slot` slots."""
        return -(-slot * self._nl // self._slots)

    def slot_at(self, volume_nl: int) -> int:
        return volume_nl * self._slots // self._nl

    def pulses_at(self, volume_nl: int) -> int:
        return self.slot_at(volume_nl) // SLOTS

    def level_at(self, volume_nl: int, pattern: Pattern) -> int:
        """Level of the line at rest there; low until the first pulse."""
        slot = self.slot_at(volume_nl)
        level = 0
        for offset, level_from_there in pattern:
            if slot >= SLOTS and slot % SLOTS >= offset:
                level = level_from_there
        return level

    def edge_after(self, volume_nl: int, pattern: Pattern) -> int | None:
        """Integral at which the pattern's next edge after `volume_nl` lies."""
        pulse = max(1, self.pulses_at(volume_nl))
        for slots in (pulse * SLOTS, (pulse + 1) * SLOTS):  # the first may lie behind us
            for offset, _ in pattern:
                edge_nl = self.volume_of(slots + offset)
                if edge_nl > volume_nl:
                    return edge_nl
        return None

    def edge_before(self, volume_nl: int, pattern: Pattern) -> int | None:
        """Integral of the pattern's last edge at or before `volume_nl`."""
        pulse = self.pulses_at(volume_nl)
        for slots in (pulse * SLOTS, (pulse - 1) * SLOTS):
            for offset, _ in reversed(pattern):
                edge_nl = self.volume_of(slots + offset)
                if slots >= SLOTS and edge_nl <= volume_nl:
                    return edge_nl
        return None

    def edges(
        self, segment: Segment, past_nl: int, to_nl: int, pattern: Pattern
    ) -> Iterator[tuple[int, int]]:
        """(time, level) of every edge after the integral `past_nl` up to `to_nl`, both within
        `segment`. The first pulse begins after one pulse's volume: before it the line is low.
        Where `to_nl` is the lower one, flow goes back: the same edges, taken from behind."""
        if to_nl < past_nl:
            yield from self._edges_back(segment, past_nl, to_nl, pattern)
            return
        if not pattern:
            return
        when, volume_of = segment.when, self.volume_of
        for pulse in range(max(1, self.pulses_at(past_nl)), self.pulses_at(to_nl) + 1):
            for offset, level in pattern:
                volume_nl = volume_of(pulse * SLOTS + offset)
                if past_nl < volume_nl <= to_nl:
                    at_ns = when(volume_nl)
                    if at_ns is None:
                        raise AssertionError(f"{volume_nl} nl is not within {segment}")
                    yield at_ns, level

    def _edges_back(
        self, segment: Segment, past_nl: int, to_nl: int, pattern: Pattern
    ) -> Iterator[tuple[int, int]]:
        for pulse in range(self.pulses_at(past_nl), max(0, self.pulses_at(to_nl) - 1), -1):
            for place in range(len(pattern) - 1, -1, -1):
                volume_nl = self.volume_of(pulse * SLOTS + pattern[place][0])
                if to_nl < volume_nl <= past_nl:
                    level = pattern[place - 1][1]  # before the first edge as after the last
                    yield segment.when_below(volume_nl), level
