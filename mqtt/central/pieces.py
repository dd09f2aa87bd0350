"""A piece of a gateway's ledger, as central takes it up: read, hashed, and one chain."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from gateway.core.chain import canonical
from gateway.core.facts import TYPE_OF, EpochAdopted, Fact, GatewayRestored, KeyRotated
from gateway.core.log import Entry
from mqtt.central.unreadable import Unreadable
from mqtt.messages import LedgerMessage
from mqtt.payloads import MessageRejected, read_fact
from mqtt.seal import Seal

_BY_ITSELF = frozenset(TYPE_OF[fact] for fact in (EpochAdopted, GatewayRestored, KeyRotated))
"""What changes how the messages behind it are judged."""


class Told(NamedTuple):
    """One entry of a gateway's ledger."""

    sequence: int
    type: str
    time: str
    hash: str
    body: str
    """Its canonical JSON, of which `hash` is the SHA-256."""
    fact: Fact | None
    """What it says; None where this version cannot read that."""
    why: str = ""
    """Why not."""


class Piece(NamedTuple):
    """Consecutive entries and the seals that came with them, the last one at the last entry.

    The seals' signatures are not checked yet.
    """

    prevhash: str
    """Hash of the entry before the first."""
    entries: list[Told]
    seals: list[Seal]
    types: frozenset[str]
    """Of the entries."""

    @property
    def incarnation(self) -> str:
        return self.seals[0].incarnation

    @property
    def readable(self) -> bool:
        """This version knows what every entry says."""
        return all(told.fact is not None for told in self.entries)

    def continued_by(self, other: "Piece") -> bool:
        """Both can be taken up as one."""
        last, first = self.entries[-1], other.entries[0]
        joins = (last.sequence + 1, last.hash) == (first.sequence, other.prevhash)
        alone = _BY_ITSELF & (self.types | other.types)
        return joins and self.incarnation == other.incarnation and not alone


def joined(pieces: Sequence[Piece]) -> Piece:
    """One of several, each of which continues the one before."""
    return Piece(
        pieces[0].prevhash,
        [told for piece in pieces for told in piece.entries],
        [seal for piece in pieces for seal in piece.seals],
        frozenset().union(*(piece.types for piece in pieces)),
    )


def a_piece(prevhash: str, entries: list[Told], seal: Seal) -> Piece:
    """What one message holds."""
    return Piece(prevhash, entries, [seal], frozenset(told.type for told in entries))


def piece_of(message: LedgerMessage) -> Piece:
    """A message that is one piece of a chain (`check_batch`), of its seal's incarnation."""
    entries, seal = message.entries, message.seal
    hashes = [*(entry.prevhash for entry in entries[1:]), seal.head]
    told = [_told(entry, its_hash) for entry, its_hash in zip(entries, hashes, strict=True)]
    return a_piece(entries[0].prevhash, told, seal)


def read_told(entry: Entry, its_hash: str, body: str) -> Told:
    """An entry whose envelope can be read."""
    fact, why = None, ""
    try:
        fact = read_fact(entry)
    except MessageRejected as error:
        why = str(error)
    return Told(entry.sequence, entry.type, entry.time, its_hash, body, fact, why)


def _told(entry: Entry, its_hash: str) -> Told:
    if isinstance(entry, Unreadable):
        body = entry.raw.decode()
        return Told(entry.sequence, entry.type, entry.time, its_hash, body, None, entry.why)
    return read_told(entry, its_hash, canonical(msgspec.structs.asdict(entry)).decode())
