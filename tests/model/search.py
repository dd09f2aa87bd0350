"""Breadth-first search of all states that two sides can reach: the first trace is a shortest."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.model.central_rules import Step, central_steps
from tests.model.grant_rules import arrivals
from tests.model.invariants import OVERDRAWN, broken_by_both, broken_in
from tests.model.mutations import Mutation
from tests.model.pump_rules import flow_steps, power_steps, pump_steps
from tests.model.states import Bounds, Move, Side

Pair = tuple[int, int]
"""Two sides by their numbers in `Sides`, the lower first: swapping the gateways is no change."""


def steps(side: Side, bounds: Bounds, mutation: Mutation | None) -> list[Step]:
    """All that may happen to one side next; whether the quota allows a mint is not asked."""
    found = list(central_steps(side, bounds, mutation))
    if not side.gateway.down:
        found += arrivals(side, mutation)
        found += pump_steps(side, mutation)
    found += flow_steps(side)
    found += power_steps(side, bounds, mutation)
    return found


@dataclass(frozen=True, slots=True)
class Known:
    """One side with all that the search asks of it again and again."""

    side: Side
    broken: str
    committed: int
    dispensed: int
    replaced: int


class Sides:
    """Every side met so far, numbered, its successors worked out once."""

    def __init__(self, bounds: Bounds, mutation: Mutation | None) -> None:
        self.known: list[Known] = []
        self._number: dict[Side, int] = {}
        self._next: dict[int, list[tuple[Move, int]]] = {}
        self._bounds, self._mutation = bounds, mutation

    def number(self, side: Side) -> int:
        number = self._number.setdefault(side, len(self.known))
        if number == len(self.known):
            replaced = max(side.incarnation, side.gateway.disk.incarnation)
            known = Known(side, broken_in(side), side.committed, sum(side.dispensed), replaced)
            self.known.append(known)
        return number

    def after(self, number: int) -> list[tuple[Move, int]]:
        if (found := self._next.get(number)) is None:
            side = self.known[number].side
            found = [
                (move, self.number(after))
                for move, after in steps(side, self._bounds, self._mutation)
            ]
            self._next[number] = found
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to."""

    states: int
    sides: int
    violation: str
    """Empty: none, and the bounded space is exhausted."""
    trace: list[tuple[int, Move]]
    """Gateway (0 or 1) and move, from the start to the violation."""


def search(
    bounds: Bounds,
    mutation: Mutation | None = None,
    *,
    only_overdrawn: bool = False,
    until: Callable[[Side, Side], bool] | None = None,
) -> Found:
    """Search for a state that breaks an invariant, or for one that `until` wants.

    With `only_overdrawn` the broken promises of the protocol are passed over until more fuel
    has flowed than the quota: what each of them is there to prevent.
    """
    sides = Sides(bounds, mutation)
    start = sides.number(Side())
    before: dict[Pair, tuple[Pair, int, Move]] = {}
    seen = {(start, start)}
    queue = deque(seen)
    while queue:
        pair = queue.popleft()
        first, second = (sides.known[number] for number in pair)
        violation = _broken(first, second, bounds, only_overdrawn=only_overdrawn)
        if until is not None and until(first.side, second.side):
            violation = "found"
        if violation:
            return Found(len(seen), len(sides.known), violation, _trace(sides, before, pair))
        for place in (0, 1) if pair[0] != pair[1] else (0,):
            mine, other = pair[place], pair[1 - place]
            for move, next_number in sides.after(mine):
                after = (next_number, other) if next_number < other else (other, next_number)
                if after in seen or not _within(
                    move, sides.known[next_number], sides.known[other], bounds
                ):
                    continue
                seen.add(after)
                before[after] = (pair, place, move)
                queue.append(after)
    return Found(len(seen), len(sides.known), "", [])


def _broken(first: Known, second: Known, bounds: Bounds, *, only_overdrawn: bool) -> str:
    dispensed = first.dispensed + second.dispensed
    both = broken_by_both(first.committed + second.committed, dispensed, bounds.quota)
    if only_overdrawn:
        return both if both == OVERDRAWN else ""
    return first.broken or second.broken or both


def _within(move: Move, after: Known, other: Known, bounds: Bounds) -> bool:
    """Central mints only what the quota has left by its books; the rest bounds the search."""
    if move.kind == "mint":
        minted = len(after.side.minted) + len(other.side.minted)
        return after.committed + other.committed <= bounds.quota and minted <= bounds.grants
    return after.replaced + other.replaced <= bounds.replacements


def _trace(
    sides: Sides, before: dict[Pair, tuple[Pair, int, Move]], end: Pair
) -> list[tuple[int, Move]]:
    """The way to a state, with each gateway keeping its place though pairs are in order."""
    way = []
    while end in before:
        came_from, place, move = before[end]
        way.append((came_from, place, move, end))
        end = came_from
    trace = []
    now = list(end)
    for came_from, place, move, after in reversed(way):
        gateway = now.index(came_from[place])
        other = now[1 - gateway]
        now[gateway] = after[1] if after[0] == other else after[0]
        trace.append((gateway, move))
    return trace
