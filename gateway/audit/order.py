"""What a ledger says of itself in a possible order: beginnings, epochs, keys, prunings."""

from gateway.audit.problems import Wrong
from gateway.core.facts import (
    AllocationApplied,
    EpochAdopted,
    GatewayInitialised,
    GatewayRestored,
    KeyRotated,
    LedgerPruned,
)

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
                    order("beginning", sequence=sequence)
                self._epoch = getattr(fact, "epoch", 0)
            case EpochAdopted():
                if fact.epoch <= self._epoch:
                    order("epoch_order", last=self._epoch, found=fact.epoch)
                if fact.through >= sequence:
                    order("epoch_held", sequence=sequence, through=fact.through)
                self._epoch = fact.epoch
            case AllocationApplied():
                if fact.epoch < self._epoch:
                    order("directives_epoch", expected=self._epoch, found=fact.epoch)
                self._epoch = fact.epoch
            case KeyRotated():
                if self._key not in (None, fact.old):
                    order("key_in_use", expected=self._key, found=fact.old)
                self._key = fact.new
            case LedgerPruned():
                self._pruned(fact, sequence, order, seal)

    def _pruned(self, fact: LedgerPruned, sequence: int, order: Wrong, seal: Wrong) -> None:
        if fact.through <= self._pruned_through:
            order("pruning_order", last=self._pruned_through, found=fact.through)
        if fact.through >= sequence:
            order("pruned_before", sequence=sequence, through=fact.through)
        self._pruned_through = fact.through
        content = self.checkpoints.get(fact.through, fact.content)
        if content != fact.content:
            seal("checkpoint_hash", expected=fact.content, found=content)
