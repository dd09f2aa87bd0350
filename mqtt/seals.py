"""Seals: one signature over a log's head, and so over every entry up to it."""

import base64
import binascii
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.chain import canonical
from mqtt.keys import KeyRefused, Keys, key_id
from mqtt.seal import Seal, SealType

CENTRAL = "central"
"""Owner of the keys that seal what comes from central; so no gateway may have this name."""
SEALED_BY_CENTRAL: frozenset[SealType] = frozenset(
    {"ledger-ack", "directives", "directives-head", "snapshot"}
)


class SealInvalid(Exception):
    """A seal that proves nothing; the message says why."""


class Signer:
    """Seals for one party in one relation: its private key, gateway, incarnation, epoch."""

    def __init__(
        self, private: Ed25519PrivateKey, gateway: str, incarnation: str, epoch: int
    ) -> None:
        self._private = private
        self.key_id = _id_of(private)
        self.gateway = gateway
        self.incarnation = incarnation
        self.epoch = epoch
        self._newest: tuple[Seal, Seal] | None = None
        """What was signed last, without and with its signature."""

    def seal(self, seal_type: SealType, sequence: int, head: str, time: str | None = None) -> Seal:
        """Seal the log of this type at `sequence` (>= 0), whose hash there is `head`.

        `time`: UTC text, of an acknowledgement.
        """
        unsigned = Seal(
            type=seal_type,
            gateway=self.gateway,
            incarnation=self.incarnation,
            epoch=self.epoch,
            key_id=self.key_id,
            sequence=sequence,
            head=head,
            signature="",
            time=time,
        )
        newest = self._newest
        if newest is not None and newest[0] == unsigned:
            return newest[1]  # Ed25519 would say the same again: what a sale stored is then sent
        signature = base64.urlsafe_b64encode(self._private.sign(signed_bytes(unsigned)))
        sealed = msgspec.structs.replace(unsigned, signature=signature.rstrip(b"=").decode())
        self._newest = unsigned, sealed
        return sealed


@lru_cache(maxsize=8)  # central makes a signer for each answer
def _id_of(private: Ed25519PrivateKey) -> str:
    return key_id(private.public_key())


def signed_bytes(seal: Seal) -> bytes:
    """What a seal's signature covers: the RFC 8785 form of its other fields."""
    fields = msgspec.structs.asdict(seal)
    del fields["signature"]
    if seal.time is None:
        del fields["time"]
    return canonical(fields)


def verify(
    seal: Seal,
    keyring: Keys,
    *,
    type: SealType,  # noqa: A002  # the seal's own word
    gateway: str,
    incarnation: str | None = None,
    epoch: int | None = None,
) -> None:
    """Check what the seal claims, then who signed it; SealInvalid says what is wrong.

    `incarnation` and `epoch` are not compared where None. The key must be one that
    was good for this seal: central's for what central seals, else this very gateway's.
    """
    expected = {"type": type, "gateway": gateway, "incarnation": incarnation, "epoch": epoch}
    for field, wanted in expected.items():
        found = getattr(seal, field)
        if wanted is not None and found != wanted:
            raise SealInvalid(f"seal of {field} {found!r}, expected {wanted!r}")
    try:
        key = keyring.key_of(CENTRAL if type in SEALED_BY_CENTRAL else gateway, seal)
    except KeyRefused as error:
        raise SealInvalid(str(error)) from error
    try:
        key.verify(base64.b64decode(seal.signature + "==", b"-_"), signed_bytes(seal))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise SealInvalid(
            f"the signature of key {key_id(key)} does not fit the {type} seal at "
            f"sequence {seal.sequence}"
        ) from error
