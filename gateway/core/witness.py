"""Whether the ledger on the disk is the one that a co-processor witnessed, or an older copy."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.reasons import Reason

HASH_DIGITS = 16
"""Of a head's hash, as a co-processor holds them."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """How far a ledger was when a co-processor was told."""

    incarnation: str
    sequence: int
    hash_start: str
    """The first 16 hex digits of the head's hash."""
    high_water: int
    """Highest number of a grant ever activated."""

    def covers(self, other: "Witnessed") -> bool:
        """Told of this, a co-processor refuses whatever is older than `other`."""
        return (
            self.incarnation == other.incarnation
            and self.sequence >= other.sequence
            and self.high_water >= other.high_water
        )


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What the ledger itself says, before this start wrote anything."""

    incarnation: str
    sequence: int
    high_water: int
    hash_at: str | None
    """The hash of the entry that was witnessed; None where it is not there, or was pruned."""
    restored: bool
    """It follows another ledger; central confirms it before anything is sold from it."""
    former: str | None = None
    """The incarnation that it follows, where that was known."""


class Found(StrEnum):
    """What a comparison finds; as `witness.differed` names it."""

    SAME = "same"
    BLANK = "blank"
    RESTORED = "restored"
    BEHIND = "behind"
    FORK = "fork"
    OTHER = "other"

    @property
    def refused(self) -> Reason | None:
        """Why nothing may be sold, if so."""
        return _REFUSED.get(self)


_REFUSED = {
    Found.BEHIND: Reason.WITNESS_AHEAD,
    Found.FORK: Reason.WITNESS_AHEAD,
    Found.OTHER: Reason.WITNESS_OTHER,
}


def compare(disk: OnDisk, seen: Witnessed | None) -> Found:
    """`seen` None: the co-processor has witnessed nothing yet."""
    if seen is None:
        return Found.BLANK
    if seen.incarnation != disk.incarnation:
        explained = disk.restored and disk.former in (None, seen.incarnation)
        return Found.RESTORED if explained else Found.OTHER
    if disk.sequence < seen.sequence or disk.high_water < seen.high_water:
        return Found.BEHIND
    # What was pruned had been acknowledged: of that, central finds a fork.
    if disk.hash_at is not None and disk.hash_at[:HASH_DIGITS] != seen.hash_start:
        return Found.FORK
    return Found.SAME
