"""Read a sealed ledger message some of whose entries this version cannot read as entries.

A newer gateway, or one with a fault, may write what breaks the envelope. Its seal still
proves it: the hash is over the JSON as it stands. So it can be kept, and passed.
"""

import json
from typing import Any

import msgspec
from msgspec import Struct

from gateway.core.chain import canonical, entry_hash
from gateway.core.fields import Hash, Sequence
from gateway.core.log import Entry
from mqtt.messages import MAX_ENTRIES, LedgerMessage
from mqtt.payloads import MessageRejected, refuse_duplicates
from mqtt.seal import Seal

UNREADABLE = "unreadable"


class Unreadable(Entry, frozen=True, kw_only=True):
    """Stands in the chain for an entry whose envelope is not one."""

    raw: bytes
    """Its canonical JSON."""
    why: str


class _Link(Struct, frozen=True):
    """The least without which nothing is a link of a chain."""

    sequence: Sequence
    prevhash: Hash


def open_unreadable(payload: bytes, source: str) -> LedgerMessage:
    """The message with what is unreadable marked so; the chain checked up to its seal.

    MessageRejected where not even that can be read. The seal's signature is not checked here.
    """
    try:
        found = json.loads(payload.decode(), object_pairs_hook=refuse_duplicates)
        raw_entries, raw_seal = found["entries"], found["seal"]
        seal = msgspec.convert(raw_seal, Seal)
        if not isinstance(raw_entries, list) or not 1 <= len(raw_entries) <= MAX_ENTRIES:
            raise MessageRejected(f"expected 1 to {MAX_ENTRIES} entries in a list")
        entries = [_entry(raw, source, seal) for raw in raw_entries]
        _check_chain(entries, [entry_hash(raw) for raw in raw_entries], seal)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MessageRejected(f"no chain of entries can be read in it: {error}") from error
    return LedgerMessage(entries=entries, seal=seal)


def stand_in(
    source: str, incarnation: str, sequence: int, prevhash: str, *, raw: bytes, why: str
) -> Unreadable:
    """For a link of this ledger's chain whose canonical JSON is `raw`."""
    return Unreadable(
        id=f"{incarnation}/{sequence}",
        source=source,
        type=UNREADABLE,
        time="",
        data={},
        sequence=sequence,
        prevhash=prevhash,
        raw=raw,
        why=why,
    )


def _entry(raw: Any, source: str, seal: Seal) -> Entry:
    try:
        entry = msgspec.convert(raw, Entry)
    except msgspec.ValidationError as error:
        why = str(error)
    else:
        expected = f"{seal.incarnation}/{entry.sequence}"
        if (entry.source, entry.id) == (source, expected):
            return entry
        why = f"calls itself {entry.id} of {entry.source}, expected {expected} of {source}"
    link = msgspec.convert(raw, _Link)
    return stand_in(
        source, seal.incarnation, link.sequence, link.prevhash, raw=canonical(raw), why=why
    )


def _check_chain(entries: list[Entry], hashes: list[str], seal: Seal) -> None:
    before = [entries[0].prevhash, *hashes]
    for number, entry in enumerate(entries):
        if entry.sequence != entries[0].sequence + number or entry.prevhash != before[number]:
            raise MessageRejected(f"entry {entry.sequence} does not follow the one before")
    if (seal.sequence, seal.head) != (entries[-1].sequence, hashes[-1]):
        raise MessageRejected(
            f"sealed at {seal.sequence} with hash {seal.head[:8]}…, but the entries end at "
            f"{entries[-1].sequence} with {hashes[-1][:8]}…"
        )
