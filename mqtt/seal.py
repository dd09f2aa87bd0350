"""What a seal says, without the cryptography that proves it: 8 MB that a reader of it can spare."""

from typing import Literal

from msgspec import Struct

from gateway.core.fields import Count, Hash, Incarnation, KeyId, Name, Signature, UtcTime

SealType = Literal[
    "ledger",
    "ledger-ack",
    "directives",
    "directives-head",
    "snapshot",
    "status",
    "request",
    "allocation",
    "checkpoint",
]


class Seal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Signed statement: "log `type` of `gateway` has hash `head` at `sequence`"."""

    type: SealType
    gateway: Name
    incarnation: Incarnation
    """Of the gateway's ledger, in every type: a restored gateway accepts nothing older."""
    epoch: Count
    """Of central: new after each restore of its database."""
    key_id: KeyId
    sequence: Count
    """0 stands for an empty log, whose head is 64 zeros."""
    head: Hash
    signature: Signature
    """Ed25519, base64url without padding, over the RFC 8785 form of the other fields."""
    time: UtcTime | None = None
    """In `ledger-ack` alone: when central sealed it, by its own clock."""
