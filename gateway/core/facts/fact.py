"""What all facts have in common."""

from msgspec import Struct


class Fact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all facts: the `data` of an entry, whose `type` is the name in FACT_TYPES."""
