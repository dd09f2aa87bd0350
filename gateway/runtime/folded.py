"""Each commit's entries are folded once, though two threads keep a balance."""

from collections import deque
from collections.abc import Sequence

from gateway.core.balance import Balance, fold
from gateway.core.log import Entry

KEPT = 16
"""Commits that the control loop may be behind the writer by; beyond them it folds by itself."""


class Folded:
    """What the writer's thread has folded and the control loop's has not asked for yet. Balances
    and lists of entries are never changed: the very same ones have the same outcome."""

    def __init__(self) -> None:
        self._kept: deque[tuple[Balance, Sequence[Entry], Balance]] = deque(maxlen=KEPT)

    def first(self, balance: Balance, entries: Sequence[Entry]) -> Balance:
        """As gateway.core.balance.fold: in the writer's thread, when they are written."""
        after = fold(balance, entries)
        self._kept.append((balance, entries, after))
        return after

    def again(self, balance: Balance, entries: Sequence[Entry]) -> Balance:
        """The same in the control loop's thread, which is told of commits in their order."""
        while self._kept:
            before, told, after = self._kept.popleft()
            if before is balance and told is entries:
                return after
        return fold(balance, entries)
