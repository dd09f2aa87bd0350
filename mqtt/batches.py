"""Entries in one message: consecutive, chained, and sealed at the last."""

from collections.abc import Sequence

from gateway.core.log import Entry
from mqtt.payloads import MessageRejected
from mqtt.seal import Seal


def check_batch(
    entries: Sequence[Entry], seal: Seal, source: str, hashes: Sequence[str] | None = None
) -> str:
    """Check that the entries form one piece of a chain that ends at the seal.

    Returns the hash of the last entry. Whether the piece continues the receiver's own log
    (first sequence and prevhash) and whether the seal is valid is for the receiver to check.
    `hashes` of the entries spare their computing.
    """
    head = entries[0].prevhash
    sequence = entries[0].sequence
    for number, entry in enumerate(entries):
        if entry.sequence != sequence:
            raise MessageRejected(f"expected entry {sequence}, found {entry.sequence}")
        if entry.prevhash != head:
            raise MessageRejected(f"entry {sequence} does not carry the hash of the one before")
        if entry.source != source:
            raise MessageRejected(f"entry {sequence} is from {entry.source}, expected {source}")
        if entry.id.partition("/")[2] != str(sequence):
            raise MessageRejected(f"entry {sequence} calls itself {entry.id}")
        head = hashes[number] if hashes is not None else _hash(entry)
        sequence += 1
    last = entries[-1].sequence
    if (seal.sequence, seal.head) != (last, head):
        raise MessageRejected(
            f"sealed at {seal.sequence} with hash {seal.head[:8]}…, "
            f"but the entries end at {last} with {head[:8]}…"
        )
    return head


def check_incarnation(entries: Sequence[Entry], seal: Seal) -> None:
    """Check that the entries of a ledger are of the incarnation that their seal is of."""
    for entry in entries:
        if entry.id != f"{seal.incarnation}/{entry.sequence}":
            raise MessageRejected(
                f"entry {entry.sequence} calls itself {entry.id}, "
                f"expected incarnation {seal.incarnation}"
            )


def _hash(entry: Entry) -> str:
    try:
        return entry.hash
    except (ValueError, RecursionError) as error:
        raise MessageRejected(f"entry {entry.sequence} has no canonical form: {error}") from error
