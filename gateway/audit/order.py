"""What a ledger says of itself in a possible order: beginnings, epochs, keys, prunings."""

from collections.abc import Callable

from gateway.core.facts import (
    AllocationApplied,
    EpochAdopted,
    GatewayInitialised,
    GatewayRestored,
    KeyRotated,
    LedgerPruned,
)

Wrong = Callable[[object, object], None]
Ordered = (
    AllocationApplied
    | EpochAdopted
    | GatewayInitialised
    | GatewayRestored
    | KeyRotated
    | LedgerPruned
)
ORDERED: tuple[type[Ordered], ...] = (
    AllocationApplied,
    EpochAdopted,
    GatewayInitialised,
    GatewayRestored,
    KeyRotated,
    LedgerPruned,
)


class Order:
    """Of one history; `said` takes each such fact as it comes."""

    def __init__(self) -> None:
        self.checkpoints: dict[int, str] = {}
        """Hash of a checkpoint's content by the entry that it is at."""
        self._epoch = 0
        self._key: str | None = None
        self._pruned_through = 0

    def said(self, fact: Ordered, sequence: int, order: Wrong, seal: Wrong) -> None:
        """`sequence`: of its entry. `seal` takes a checkpoint that is not the one named."""
        match fact:
            case GatewayInitialised() | GatewayRestored():
                if sequence != 1:
                    order("the beginning of a ledger as its first entry", f"as entry {sequence}")
                self._epoch = getattr(fact, "epoch", 0)
            case EpochAdopted():
                if fact.epoch <= self._epoch:
                    order(f"an epoch after {self._epoch}", f"epoch {fact.epoch} adopted")
                _before(sequence, fact.through, "held by central", order)
                self._epoch = fact.epoch
            case AllocationApplied():
                if fact.epoch < self._epoch:
                    order(f"directives of epoch {self._epoch}", f"some of epoch {fact.epoch}")
                self._epoch = fact.epoch
            case KeyRotated():
                if self._key not in (None, fact.old):
                    order(f"key {self._key} replaced, which is in use", fact.old)
                self._key = fact.new
            case LedgerPruned():
                self._pruned(fact, sequence, order, seal)

    def _pruned(self, fact: LedgerPruned, sequence: int, order: Wrong, seal: Wrong) -> None:
        if fact.through <= self._pruned_through:
            order(f"a pruning beyond entry {self._pruned_through}", f"through {fact.through}")
        _before(sequence, fact.through, "pruned", order)
        self._pruned_through = fact.through
        content = self.checkpoints.get(fact.through, fact.content)
        if content != fact.content:
            seal(f"the checkpoint with the hash {fact.content}", content)


def _before(sequence: int, through: int, what: str, order: Wrong) -> None:
    if through >= sequence:
        order(f"entries {what} before this one, {sequence}", f"those through {through}")
