"""A shift's closing, found in a ledger that its writer goes on with."""

from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.core.facts import TYPE_OF, ShiftClosed
from gateway.core.log import Entry
from gateway.store.errors import LedgerDamaged
from gateway.store.reader import LedgerReader


class Closing(NamedTuple):
    entry: Entry
    shift: ShiftClosed


def closing_of(ledger: Path, number: int) -> Closing | None:
    """None where that shift has not been closed, or its closing has been pruned. LedgerDamaged
    if it cannot be read.

    Looks through what the ledger holds, so not for the thread that serves pages.
    """
    with LedgerReader(ledger) as reader:
        for entry in reader.newest_first(TYPE_OF[ShiftClosed]):
            found = entry.data.get("number")
            if found == number:
                return Closing(entry, _read(entry))
            if isinstance(found, int) and found < number:
                return None
    return None


def _read(entry: Entry) -> ShiftClosed:
    try:
        return msgspec.convert(entry.data, ShiftClosed)
    except msgspec.ValidationError as error:
        raise LedgerDamaged(f"entry {entry.sequence} closes no shift: {error}") from error
