"""Which key was good for what: facts about keys, folded into ranges of sequences. Pure.

A gateway folds what the root says of central's keys; central and an auditor fold a gateway's
changes of its own key.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.core.facts import KeyLearned
from gateway.core.newest import Rotation
from mqtt.certificates import check, public_key
from mqtt.keys import Claim, KeyRefused, key_id
from mqtt.seals import CENTRAL

IN_A_LOG = frozenset({"ledger", "directives"})
"""Seals whose sequence is that of the log which the ranges count. Others are about now."""
IN_STORE = frozenset({"allocation", "checkpoint"})
"""Seals on what a gateway keeps until it is replaced: the ledger names the hash of each."""


@dataclass(frozen=True, slots=True)
class Span:
    """One key of an owner, and the sequences of one log that it may seal."""

    key: Ed25519PublicKey
    first: int = 1
    through: int | None = None
    """None: the key of today, which alone seals what is about now."""
    revoked: str = ""
    """Why it seals nothing at all any more, however old that says it is."""
    incarnation: str | None = None
    """Of the ledger that the sequences count; None: of any."""
    epoch: int | None = None
    """Of central, in which `through` counts: beyond it nothing either. None: of any."""

    @property
    def reach(self) -> str:
        if self.through is None:
            return f"{self.first} on"
        in_epoch = f" of epoch {self.epoch}" if self.epoch is not None else ""
        return f"{self.first} to {self.through}{in_epoch}"

    def reaches(self, seal: Claim) -> bool:
        """Is the seal's place in the log one of these?"""
        if self.through is None or self.epoch is None:
            ended = self.through is not None and seal.sequence > self.through
        else:
            ended = (seal.epoch, seal.sequence) > (self.epoch, self.through)
        return self.first <= seal.sequence and not ended


class Ring:
    """All keys of one owner."""

    def __init__(self, owner: str, spans: Sequence[Span], today: str | None = None) -> None:
        """`today`: the incarnation of the spans whose key may begin another one."""
        self._today = today
        self.owner = owner
        self.spans = tuple(spans)
        self._by_id: dict[str, list[Span]] = {}
        for span in spans:
            self._by_id.setdefault(key_id(span.key), []).append(span)

    @property
    def current(self) -> Span | None:
        """The key of today; None while there is none."""
        return next((s for s in self.spans if s.through is None and not s.revoked), None)

    def key_of(self, owner: str, seal: Claim) -> Ed25519PublicKey:
        """The key that a seal names; KeyRefused says why it may not have made this seal."""
        spans = self._by_id.get(seal.key_id, [])
        if owner != self.owner and spans:
            raise KeyRefused(f"key {seal.key_id} belongs to {self.owner}, expected one of {owner}")
        if owner != self.owner or not spans:
            raise KeyRefused(f"unknown key {seal.key_id}: it is none of {self.owner}'s")
        revoked = next((span.revoked for span in spans if span.revoked), "")
        if revoked:
            raise KeyRefused(f"key {seal.key_id} is revoked: {revoked}")
        for span in spans:
            if self._covers(span, seal):
                return span.key
        raise KeyRefused(f"key {seal.key_id} was replaced: {_reach(spans, seal)}")

    def _covers(self, span: Span, seal: Claim) -> bool:
        if not self._known(seal.incarnation):
            return span.through is None and span.incarnation == self._today
        if span.incarnation not in (None, seal.incarnation):
            return False
        if seal.type not in IN_A_LOG:
            return span.through is None or seal.type in IN_STORE
        return span.reaches(seal)

    def _known(self, incarnation: str) -> bool:
        return any(span.incarnation in (None, incarnation) for span in self.spans)


def central_ring(root: Ed25519PublicKey, learned: Iterable[KeyLearned]) -> Ring:
    """Central's keys, as the root has stated them and in whatever order they were learned.

    The certificate with the highest serial names the key of today, good for directives of any
    age: central seals on sending. A key before it is good for directives up to where its
    successor was learned, and none of a later epoch, one that a later serial revokes for nothing.
    KeyRefused if one of them is not the root's.
    """
    told = sorted(learned, key=lambda one: one.statement.serial)
    for one in told:
        check(one.statement, root, CENTRAL)
    revoked = {
        one.statement.key_id: one.statement
        for one in told
        if one.statement.type == "key-revocation"
    }
    certificates = [one for one in told if one.statement.type == "key-certificate"]
    spans: list[Span] = []
    for one, (epoch, bound) in _bounded(certificates):
        end = revoked.get(one.statement.key_id)
        ended = end is not None and end.serial > one.statement.serial
        spans.append(
            Span(
                public_key(one.statement.key),
                through=bound,
                epoch=epoch,
                revoked=f"the root says so in its statement {end.serial}" if end and ended else "",
            )
        )
    return Ring(CENTRAL, spans)


def gateway_ring(gateway: str, known: Ed25519PublicKey, rotations: Iterable[Rotation]) -> Ring:
    """A gateway's own keys in one ledger, from its `key.rotated` entries with their sequences.

    `known` is a key that is trusted already, of any age; KeyRefused if the ledger knows it not,
    or if its changes do not follow one another.
    """
    spans: list[Span] = []
    first, new = 1, None
    for rotation in rotations:
        sequence, fact = rotation.sequence, rotation.fact
        if new not in (None, fact.old):
            raise KeyRefused(
                f"entry {sequence} replaces a key that was not in use: the ledger's changes of "
                f"key of {gateway} do not follow one another"
            )
        spans.append(Span(public_key(fact.old), first, sequence))
        first, new = sequence + 1, fact.new
    spans.append(Span(known if new is None else public_key(new), first))
    if key_id(known) not in {key_id(span.key) for span in spans}:
        raise KeyRefused(
            f"key {key_id(known)} is none of the keys that the ledger of {gateway} names"
        )
    return Ring(gateway, spans)


def _bounded(
    certificates: list[KeyLearned],
) -> Iterator[tuple[KeyLearned, tuple[int, int] | tuple[None, None]]]:
    """Each with the epoch and directive at which the first of its successors was learned, None
    for the newest."""
    for number, one in enumerate(certificates, start=1):
        places = [(after.epoch, after.through) for after in certificates[number:]]
        yield one, min(places) if places else (None, None)


def _reach(spans: Sequence[Span], seal: Claim) -> str:
    if seal.type not in IN_A_LOG:
        return f"it seals no {seal.type} any more"
    reach = " and ".join(span.reach for span in spans)
    of_epoch = f" of epoch {seal.epoch}" if any(span.epoch is not None for span in spans) else ""
    return f"it is good for {reach}, not for {seal.sequence}{of_epoch}"
