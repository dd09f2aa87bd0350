"""Edges on the gateway's input pins, waiting to be told."""

from operator import itemgetter

Edge = tuple[int, int, int]
"""(time in ns, BCM pin, level)."""


class Edges:
    """Pulses are gathered in batches; any other edge is a signal that the gateway must see."""

    def __init__(self) -> None:
        self.pulses: list[Edge] = []
        self.signals: list[Edge] = []

    def take(self) -> list[Edge]:
        """All edges so far in order of time; empties this."""
        if self.signals or self.pulses:
            merged = sorted(self.signals + self.pulses, key=itemgetter(0))
            self.clear()
            return merged
        return []

    def clear(self) -> None:
        self.pulses.clear()
        self.signals.clear()
