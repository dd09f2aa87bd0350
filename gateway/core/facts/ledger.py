"""What befell the ledger itself."""

from gateway.core.facts.fact import Fact
from gateway.core.fields import Hash, Name, Sequence, Text, UtcTime


class LedgerForked(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Central vouched for another history of this ledger. Its incarnation sells no more."""

    detail: Text


class LedgerPruned(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries through `through` left the gateway's disk; central had acknowledged them all."""

    through: Sequence
    content: Hash
    """Of the sealed checkpoint that stands for them."""


class StorageBlocked(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing could be recorded from `since` on; this entry is written when it could again."""

    code: Name
    """A reason code, e.g. `storage_full`."""
    since: UtcTime
