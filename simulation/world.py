"""Time, chance and what happened: everything here runs in one thread, in the order of its times."""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from gateway.core.units import NS_PER_S

MINUTE_NS = 60 * NS_PER_S
HOUR_NS = 60 * MINUTE_NS
DAY_NS = 24 * HOUR_NS


class Crashed(BaseException):
    """The simulated machine stops dead in the middle of what it does; nothing may catch it."""


class Violation(BaseException):
    """An invariant does not hold: which, and what was compared. No code under test may catch it."""


@dataclass(frozen=True, slots=True)
class Happening:
    at_ns: int
    party: str
    kind: str
    """`valve`, `fill`, `refused`, `ledger`, `fault`, `process` or `violation`."""
    text: str


class World:
    """`now_ns` is true time since the simulation began, which no clock of a party need show."""

    def __init__(self, seed: int, began: datetime) -> None:
        self.seed = seed
        self.began_utc_ns = int(began.timestamp()) * NS_PER_S
        self.now_ns = 0
        self.history: list[Happening] = []
        self.faults: Counter[str] = Counter()
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._number = 0

    def chance(self, of: str) -> Random:
        """A stream of its own for each use: what one draws changes nothing for the others."""
        return Random(f"takar simulation {self.seed} {of}")  # noqa: S311  # guards nothing

    def at(self, at_ns: int, call: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(
            self._due, (at_ns if at_ns > self.now_ns else self.now_ns, self._number, call)
        )

    def after(self, delay_ns: int, call: Callable[[], None]) -> None:
        self.at(self.now_ns + delay_ns, call)

    def run_until(self, end_ns: int) -> None:
        """May be called from within what it runs, by a party that waits."""
        due, pop = self._due, heapq.heappop
        while due and due[0][0] <= end_ns:
            at_ns, _, call = pop(due)
            if at_ns > self.now_ns:
                self.now_ns = at_ns
            call()
        self.now_ns = max(self.now_ns, end_ns)

    def utc_ns(self) -> int:
        return self.began_utc_ns + self.now_ns

    def utc(self) -> datetime:
        seconds, rest_ns = divmod(self.utc_ns(), NS_PER_S)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest_ns // 1000)

    def tell(self, party: str, kind: str, text: str) -> None:
        self.history.append(Happening(self.now_ns, party, kind, text))

    def fault(self, party: str, kind: str, text: str = "") -> None:
        """Count an injected fault by its kind."""
        self.faults[kind] += 1
        self.tell(party, "fault", f"{kind}{': ' if text else ''}{text}")
