"""What the gateway took over from central."""

from gateway.core.facts.fact import Fact
from gateway.core.fields import Count, Hash, Sequence


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
