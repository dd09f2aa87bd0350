"""The envelope that both chained logs share: ledger entries and directives."""

from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from gateway.core.chain import entry_hash
from gateway.core.fields import Hash, Sequence, UtcTime

EntryId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}/[1-9][0-9]{0,15}$")]
"""`{incarnation}/{sequence}`."""
EntryType = Annotated[str, Meta(max_length=64)]


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One link of a log, with CloudEvents attribute names plus `sequence` and `prevhash`."""

    id: EntryId
    source: Annotated[str, Meta(max_length=80, pattern=r"^takar/[a-z0-9][a-z0-9._-]*$")]
    type: EntryType
    time: UtcTime
    data: dict[str, Any]
    sequence: Sequence
    prevhash: Hash

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical entry; the next entry's `prevhash`."""
        return entry_hash(msgspec.structs.asdict(self))


class Written(NamedTuple):
    """An entry as its ledger keeps it."""

    sequence: int
    hash: str
    body: str
    """Its canonical JSON, of which `hash` is the SHA-256."""
