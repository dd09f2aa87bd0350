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
    follows: tuple[str, ...] = ()
    """The incarnations that it follows, as far as they were known."""
    confirmed: bool = False
    """Directives of central's have been applied to it."""


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


def _succeeds(disk: OnDisk, incarnation: str) -> bool:
    """One that knows nothing of what it follows has central's word still to come; later it would
    be an old copy, put back after another restore."""
    if not disk.restored:
        return False
    return incarnation in disk.follows if disk.follows else not disk.confirmed


def compare(disk: OnDisk, seen: Witnessed | None) -> Found:
    """`seen` None: the co-processor has witnessed nothing yet."""
    if seen is None:
        return Found.BLANK
    if seen.incarnation != disk.incarnation:
        return Found.RESTORED if _succeeds(disk, seen.incarnation) else Found.OTHER
    if disk.sequence < seen.sequence or disk.high_water < seen.high_water:
        return Found.BEHIND
    # What was pruned had been acknowledged: of that, central finds a fork.
    if disk.hash_at is not None and disk.hash_at[:HASH_DIGITS] != seen.hash_start:
        return Found.FORK
    return Found.SAME
