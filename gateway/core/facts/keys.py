"""Keys that may seal, and those that may no longer."""

from typing import Literal

from msgspec import Struct

from gateway.core.facts.fact import Fact
from gateway.core.fields import Count, KeyId, Name, PublicKey, Sequence, Signature, Text, UtcTime


class KeyStatement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signer's word that a key may seal for its owner, or may no longer."""

    type: Literal["key-certificate", "key-revocation"]
    owner: Name
    use: Literal["seal"]
    key: PublicKey
    key_id: KeyId
    serial: Sequence
    """Counts what the signer has said of this owner: the highest holds."""
    issued: UtcTime
    signer: KeyId
    signature: Signature
    """Ed25519, over the RFC 8785 form of the other fields."""


class KeyLearned(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """News from the root about central's keys, here after the directives through `through`."""

    statement: KeyStatement
    epoch: Count
    """Of central: whose directives `through` counts."""
    through: Count
    """A key that this one replaces seals no directive beyond, and none of a later epoch."""


class KeyRotated(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gateway's own key: the old one seals this entry and none beyond, the new one the rest."""

    old: PublicKey
    new: PublicKey
    by: Text
