"""How long a message may be: MQTT brings a message whole or not at all. No I/O, no clock.

Where the link is cut every few seconds, a message that takes longer than that never comes,
and a small one costs its seal; so the size follows what came through. With the numbers below
and cuts at random, a message settles at about a quarter of what passes between two cuts.
"""

from gateway.core.units import NS_PER_S
from mqtt.messages import ANSWER_BYTES

FIRST_BYTES = 4 * 1024
AT_LEAST_BYTES = 1024
ASK_AGAIN_NS = NS_PER_S
ASK_AGAIN_AT_MOST_NS = 60 * NS_PER_S
PATIENCE = 4
"""An answer may take so many times as long as the one before it took."""


class Size:
    """Of the next message of a kind, by what became of those before it."""

    def __init__(self, first_bytes: int, at_most_bytes: int) -> None:
        self.bytes = first_bytes
        self._at_most_bytes = at_most_bytes
        self._was_cut = False

    def arrived(self) -> None:
        """One of this size came through."""
        grown = self.bytes + self.bytes // 5 if self._was_cut else 2 * self.bytes
        self.bytes = min(grown, self._at_most_bytes)

    def cut(self) -> None:
        """The connection ended too early for it."""
        self._was_cut = True
        self.late()

    def cut_again(self) -> None:
        """Likewise, but not too early for one before it."""
        self._was_cut = True
        self.bytes = max(self.bytes * 3 // 4, AT_LEAST_BYTES)

    def late(self) -> None:
        """Nothing tells what became of it."""
        self.bytes = max(self.bytes // 2, AT_LEAST_BYTES)


class Pace:
    """One request at a time: what it asks for, and how long its answer is waited for.

    Where round trips are long, few answers come between two cuts whatever their size. So a cut
    after one that came is less of a reason to ask for less.
    """

    def __init__(self) -> None:
        self._size = Size(FIRST_BYTES, ANSWER_BYTES)
        self._took_ns = 0
        self._one_came = False
        """In this connection."""
        self._pause_ns = ASK_AGAIN_NS
        self.asked_at_ns: int | None = None
        """When the request was sent that is not answered yet; None if there is none."""

    @property
    def bytes(self) -> int:
        """What the next answer is to be long."""
        return self._size.bytes

    def restart(self) -> None:
        """The next request is the first to a place."""
        self._pause_ns = self._first_pause_ns()
        self.asked_at_ns = None

    def asked(self, now_ns: int, *, again: bool) -> None:
        """A request was sent; `again` if it is for the same place as the one before."""
        first_ns = self._first_pause_ns()
        self._pause_ns = min(2 * self._pause_ns, ASK_AGAIN_AT_MOST_NS) if again else first_ns
        self.asked_at_ns = now_ns

    @property
    def again_at_ns(self) -> int:
        """When a request may be repeated."""
        return (self.asked_at_ns or 0) + self._pause_ns

    def answered(self, now_ns: int) -> None:
        """What was asked for has come."""
        if self.asked_at_ns is None:
            return
        self._took_ns = now_ns - self.asked_at_ns
        self._size.arrived()
        self._one_came = True
        self.restart()

    def cut(self) -> None:
        """The connection ended; if it was too early for an answer, ask for less."""
        if self.asked_at_ns is not None:
            self._size.cut_again() if self._one_came else self._size.cut()
        self.asked_at_ns = None
        self._one_came = False

    def _first_pause_ns(self) -> int:
        return min(max(ASK_AGAIN_NS, PATIENCE * self._took_ns), ASK_AGAIN_AT_MOST_NS)
