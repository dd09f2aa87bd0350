"""How long people wait: from the poll that selected a card to the answer to its tap."""

from gateway.core.events import CardPresented, Event
from gateway.core.session import State
from gateway.core.units import NS_PER_MS, NS_PER_US

BUCKETS_MS = (10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
"""Upper bounds; what took longer is in one more."""


class Promptness:
    """Of one pump since this process began. The answer is a fill's reservation on disk, a refusal,
    or what else is asked for: the moment at which the session leaves `deciding`."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS_MS) + 1)
        """Answers by the bucket that they fell into."""
        self.sum_us = 0
        self._since_ns: int | None = None

    def stepped(self, event: Event, state: State, selected_ns: int, now_ns: int) -> None:
        """A step was taken. `selected_ns`: when the reader was asked last, monotonic."""
        if state is State.DECIDING:
            if isinstance(event, CardPresented):
                self._since_ns = selected_ns
        elif self._since_ns is not None:
            self._answered(now_ns - self._since_ns)
            self._since_ns = None

    def _answered(self, took_ns: int) -> None:
        bucket = sum(took_ns > bound_ms * NS_PER_MS for bound_ms in BUCKETS_MS)
        self.counts[bucket] += 1
        self.sum_us += took_ns // NS_PER_US
