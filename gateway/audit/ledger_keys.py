"""Which key may seal what in one ledger: trusted keys, bounded by what the ledger says of them."""

from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.audit.foreknown import Foreknown
from gateway.audit.problems import Findings, Place
from gateway.audit.trust import Trust, certified_by
from mqtt.certificates import check, public_key
from mqtt.keys import Claim, KeyRefused, key_id
from mqtt.ring import Ring, Span
from mqtt.seals import CENTRAL


class KeyChange(NamedTuple):
    """What an entry says of keys; `rotated` is the gateway's own, the others are central's."""

    sequence: int
    kind: Literal["rotated", "certified", "revoked"]
    old: str
    new: str


class LedgerKeys:
    """The keys of one incarnation. Tell it each seal that proved valid, then `close`.

    A key is believed because it is trusted, or because the ledger says that it replaced one
    that is, or was replaced by one. What the ledger says is believed once the key that is
    replaced has sealed it, and a trusted key what comes behind.
    """

    def __init__(
        self,
        trust: Trust,
        gateway: str,
        incarnation: str,
        known: Foreknown,
        retired: Collection[str] = (),
    ) -> None:
        """`retired`: ids of keys that an incarnation before this one has replaced."""
        self._trust = trust
        self._gateway, self._incarnation = gateway, incarnation
        self._known = known
        own = trust.keys_of(gateway, incarnation)
        self._own = {name: key for name, key in own.items() if name not in retired}
        self._retired = retired
        self._ring: Ring | None = None
        self._vouched_from = 1
        if known.rotated:
            self._follow_changes()
        self._sealed_at: set[tuple[int, str]] = set()
        self._last_trusted = 0
        """The last entry that a trusted key has sealed."""
        self._central, self._replaced = self._centrals()

    def key_of(self, owner: str, seal: Claim) -> Ed25519PublicKey:
        """The key that a seal names; KeyRefused says why it may not have made this seal."""
        if owner == CENTRAL:
            return self._centrals_key(seal)
        for other, keys in self._trust.pinned.items():
            if seal.key_id in keys and other != owner and seal.key_id not in self._own:
                raise KeyRefused(f"key {seal.key_id} belongs to {other}, expected one of {owner}")
        if self._ring is None:
            if seal.key_id in self._retired:
                raise KeyRefused(f"key {seal.key_id} was replaced before this ledger began")
            key = self._own.get(seal.key_id)
            if key is None:
                raise KeyRefused(
                    f"unknown key {seal.key_id}: its public key is not among those given"
                )
            self._ring = Ring(self._gateway, [self._span(key, 1, None)])
        return self._ring.key_of(owner, seal)

    def proved(self, seal: Claim) -> None:
        """A seal of entries by the gateway, whose signature fits."""
        if seal.sequence in self._known.rotated:
            self._sealed_at.add((seal.sequence, seal.key_id))
        if seal.key_id in self._own:
            self._last_trusted = max(self._last_trusted, seal.sequence)

    def close(self, findings: Findings) -> None:
        """What only the whole shows: was each change of keys sealed as it must be?"""
        for sequence, (fact, place) in self._known.rotated.items():
            old = key_id(public_key(fact.old))
            if (sequence, old) not in self._sealed_at:
                findings.add("seal", place, "rotation_unsealed", key=old)
        if self._last_trusted < self._vouched_from and self._vouched_from > 1:
            place = next(iter(self._known.rotated.values()))[1]
            findings.add(
                "seal",
                place,
                "unvouched",
                keys=", ".join(self._own),
                sequence=self._vouched_from - 1,
            )
        for stranger, place in self._strangers():
            findings.add("seal", place, "statement_unsigned", key=stranger)

    def changes(self) -> list[KeyChange]:
        """What the ledger says of keys, but for the first that it learned of central's."""
        found = [
            KeyChange(
                sequence, "rotated", key_id(public_key(fact.old)), key_id(public_key(fact.new))
            )
            for sequence, (fact, _) in self._known.rotated.items()
        ]
        for sequence, (fact, _) in sorted(self._known.learned.items()):
            one = fact.statement
            if one.type == "key-revocation":
                found.append(KeyChange(sequence, "revoked", one.key_id, ""))
            elif one.serial > 1:
                found.append(KeyChange(sequence, "certified", "", one.key_id))
        return sorted(found)

    def _follow_changes(self) -> None:
        spans, first, new = [], 1, None
        for sequence, (fact, _) in self._known.rotated.items():
            if new not in (None, fact.old):
                break  # the history says that this is out of order
            spans.append(self._span(public_key(fact.old), first, sequence))
            first, new = sequence + 1, fact.new
        spans.append(self._span(public_key(new or ""), first, None))
        trusted = [span for span in spans if key_id(span.key) in self._own]
        self._ring = Ring(self._gateway, spans if trusted else [])
        self._vouched_from = trusted[0].first if trusted else 1

    def _span(self, key: Ed25519PublicKey, first: int, through: int | None) -> Span:
        recorded = self._trust.through(self._gateway, self._incarnation, key_id(key))
        ends = [end for end in (through, recorded) if end is not None]
        return Span(key, first, min(ends, default=None))

    def _centrals(self) -> tuple[dict[str, Ed25519PublicKey], dict[str, int]]:
        """Central's keys, and from which entry on each may acknowledge nothing any more."""
        root = self._trust.root
        if root is None:
            return self._trust.pinned.get(CENTRAL, {}), {}
        strange = set(self._strange_sequences())
        learned = {
            sequence: fact.statement
            for sequence, (fact, _) in self._known.learned.items()
            if sequence not in strange
        }
        told = [*self._trust.statements, *learned.values()]
        serials = {
            one.key_id: one.serial
            for one in sorted(told, key=lambda one: one.serial)
            if one.type == "key-certificate"
        }
        replaced = {}
        for name, serial in serials.items():
            later = [
                sequence
                for sequence, one in learned.items()
                if one.type == "key-certificate" and one.serial > serial
            ]
            if later:
                replaced[name] = min(later)
        return certified_by(root, told), replaced

    def _centrals_key(self, seal: Claim) -> Ed25519PublicKey:
        key = self._central.get(seal.key_id)
        if key is None:
            why = "none of central's that may still be believed" if self._trust.root else "unknown"
            raise KeyRefused(f"unknown key {seal.key_id} of central: {why}")
        end = self._replaced.get(seal.key_id)
        if end is not None and seal.sequence >= end:
            raise KeyRefused(
                f"key {seal.key_id} of central was replaced: entry {end} knows its successor, so "
                f"it cannot have acknowledged entry {seal.sequence}"
            )
        return key

    def _strange_sequences(self) -> Iterator[int]:
        for sequence, (fact, _) in self._known.learned.items():
            try:
                if self._trust.root is not None:
                    check(fact.statement, self._trust.root, CENTRAL)
            except KeyRefused:
                yield sequence

    def _strangers(self) -> Iterator[tuple[str, Place]]:
        for sequence in self._strange_sequences():
            fact, place = self._known.learned[sequence]
            yield fact.statement.key_id, place
