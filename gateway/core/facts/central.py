"""What the gateway took over from central."""

from gateway.core.facts.fact import Fact
from gateway.core.fields import Count, Hash, Sequence, UtcTime


class EpochAdopted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Central was restored: from here on only what it seals in this epoch counts."""

    epoch: Sequence
    through: Count
    """What central has of this ledger; the gateway sends again what follows."""


class AllocationApplied(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The cache now holds the directives through `through`, and hashes to `content`."""

    epoch: Count
    """Whose directives: each of central's epochs begins their sequence anew."""
    through: Count
    content: Hash


class ClockTold(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Central's word on the time, sealed into its acknowledgement of entry `through`."""

    through: Sequence
    time: UtcTime
    """When it acknowledged. Whatever stands before this entry was written by `within_ms` later."""
    within_ms: Count
    """So long ago it can have been at most, when it was heard."""
    was: UtcTime
    """What this gateway took the time to be."""
    lowered: bool
    """Later times were believed here, and are not any more."""
