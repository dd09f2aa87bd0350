"""Who may have sealed what in an export: keys that were given, and those that followed them."""

from collections.abc import Iterable, Sequence

import msgspec

from gateway.core.facts import TYPE_OF, KeyRotated
from gateway.core.log import Entry
from gateway.core.newest import Rotation, rotation_in
from mqtt.certificates import public_key
from mqtt.keys import KeyRefused, Keyring, Keys, key_id
from mqtt.ring import gateway_ring
from mqtt.seals import Seal, SealInvalid, SealType, verify

SEALS: tuple[SealType, ...] = ("ledger", "ledger-ack", "checkpoint")
KEY_ROTATED = TYPE_OF[KeyRotated]


class Sealers:
    """Verifies the seals of one ledger, told of its entries in order."""

    def __init__(self, keys: Sequence[Keyring], gateway: str, incarnation: str) -> None:
        """`keys`: of each folder that was given."""
        self._keys = keys
        self._gateway, self._incarnation = gateway, incarnation
        self._rotations: list[Rotation] = []
        self._proven: set[int] = set()

    def begin_with(self, rotations: Iterable[Rotation]) -> None:
        """A sealed checkpoint says that these were before the first entry."""
        self._rotations = list(rotations)
        self._proven = {rotation.sequence for rotation in self._rotations}

    def take(self, entry: Entry) -> None:
        """An entry whose place in the chain has been looked at. One that does not read as a
        change of key changes none."""
        if entry.type == KEY_ROTATED:
            try:
                self._rotations.append(rotation_in(entry))
            except msgspec.ValidationError:
                return

    def verify(self, seal: Seal) -> None:
        """SealInvalid says why it proves nothing."""
        if seal.type not in SEALS:
            raise SealInvalid(f"a seal of type {seal.type}, expected {', '.join(SEALS)}")
        ring = self._keys_for(seal)
        verify(seal, ring, type=seal.type, gateway=self._gateway, incarnation=self._incarnation)
        if seal.type == "ledger":
            self._proven |= {
                one.sequence for one in self._rotations if one.sequence == seal.sequence
            }

    def _keys_for(self, seal: Seal) -> Keys:
        given = next((ring for ring in self._keys if ring.find(seal.key_id)), None)
        if seal.type == "ledger-ack" or not self._rotations:
            return given or self._keys[0]
        if given is None:
            self._expect_vouched(seal)
        for rotation in self._rotations:
            for text in (rotation.fact.old, rotation.fact.new):
                key = public_key(text)
                if any(self._owns(ring, key_id(key)) for ring in self._keys):
                    try:
                        return gateway_ring(self._gateway, key, self._rotations)
                    except KeyRefused as error:
                        raise SealInvalid(str(error)) from error
        return self._keys[0]

    def _owns(self, ring: Keyring, wanted: str) -> bool:
        known = ring.find(wanted)
        return known is not None and known[0] == self._gateway

    def _expect_vouched(self, seal: Seal) -> None:
        """A key that was not given counts only if the one before it sealed the change to it."""
        changes = [
            one for one in self._rotations if key_id(public_key(one.fact.new)) == seal.key_id
        ]
        if not any(one.sequence in self._proven for one in changes):
            why = "".join(
                f": it took over at entry {one.sequence}, which the key before did not seal"
                for one in changes
            )
            raise SealInvalid(f"nothing that a given key sealed vouches for {seal.key_id}{why}")
