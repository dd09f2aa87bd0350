"""The pulser's lines: one channel, or A and B a quarter of a pulse apart."""

from hardware.simulated.forecourt.flow import Segment
from hardware.simulated.forecourt.pulser import (
    CHATTER,
    CLEAN,
    QUARTER_LATER,
    SILENT,
    Disc,
    Pattern,
)

NEVER = 2**63 - 1
A, B = 0, 1

Edge = tuple[int, int, int]
"""(time in ns, channel, its level from then on)."""


class Channels:
    """Levels of the lines, and their edges as the integral of the flow goes on or back."""

    def __init__(self, disc: Disc, count: int) -> None:
        self.levels = [0] * count
        self._disc = disc
        self._patterns = patterns({}, count)
        self._told_nl = 0
        self._next_nl: int | None = None
        self._last_nl: int | None = None
        self._look()

    def next_ns(self, segment: Segment) -> int:
        """When the next edge comes if nothing but this flow happens before."""
        if segment.rate_nl_per_min < 0:
            return NEVER if self._last_nl is None else segment.when_below(self._last_nl)
        at_ns = None if self._next_nl is None else segment.when(self._next_nl)
        return NEVER if at_ns is None else at_ns

    def turn(self, segment: Segment, volume_nl: int) -> list[Edge]:
        """Edges up to this integral, in order."""
        forward = self._next_nl is not None and volume_nl >= self._next_nl
        if not forward and (self._last_nl is None or volume_nl >= self._last_nl):
            self._told_nl = volume_nl
            return []
        edges = [
            (at_ns, channel, level)
            for channel, pattern in enumerate(self._patterns)
            for at_ns, level in self._disc.edges(segment, self._told_nl, volume_nl, pattern)
        ]
        if len(self.levels) > 1:
            edges.sort()
        self._told_nl = volume_nl
        self._look()
        return [edge for edge in edges if self._changes(edge)]

    def rewire(self, now_ns: int, volume_nl: int, faults: dict[str, int]) -> list[Edge]:
        """Take these faults in; what lines still move go to the level that the disc has now."""
        self._patterns = patterns(faults, len(self.levels))
        self._told_nl = volume_nl
        self._look()
        levels = [
            (now_ns, channel, self._disc.level_at(volume_nl, pattern))
            for channel, pattern in enumerate(self._patterns)
            if pattern
        ]
        return [edge for edge in levels if self._changes(edge)]

    def _changes(self, edge: Edge) -> bool:
        _, channel, level = edge
        changes = self.levels[channel] != level
        self.levels[channel] = level
        return changes

    def _look(self) -> None:
        after = [self._disc.edge_after(self._told_nl, pattern) for pattern in self._patterns]
        before = [self._disc.edge_before(self._told_nl, pattern) for pattern in self._patterns]
        self._next_nl = min((nl for nl in after if nl is not None), default=None)
        self._last_nl = max((nl for nl in before if nl is not None), default=None)


def patterns(faults: dict[str, int], count: int) -> list[Pattern]:
    """What each channel's line does at these faults (faults.py)."""
    if "pulser_silent" in faults:
        return [SILENT] * count
    first = CHATTER if "pulser_chatter" in faults else CLEAN
    second = CLEAN if "channels_together" in faults else QUARTER_LATER
    made = [
        SILENT if "channel_a_missing" in faults else first,
        SILENT if "channel_b_missing" in faults else second,
    ]
    return made[:count]
