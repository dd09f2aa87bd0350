"""A shift's closing, found in a ledger that its writer goes on with."""

from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from gateway.core.facts import TYPE_OF, ShiftClosed, ShiftOpened
from gateway.core.log import Entry
from gateway.store.errors import LedgerDamaged
from gateway.store.reader import LedgerReader


class Closing(NamedTuple):
    entry: Entry
    shift: ShiftClosed
    opened: ShiftOpened | None = None
    """None: no longer in this ledger."""
    before: ShiftClosed | None = None
    """The closing before; None where that is no longer in this ledger, or there was none."""


def closing_of(ledger: Path, number: int) -> Closing | None:
    """None where that shift has not been closed, or its closing has been pruned. LedgerDamaged
    if it cannot be read.

    Looks through what the ledger holds, so not for the thread that serves pages.
    """
    with LedgerReader(ledger) as reader:
        for entry in reader.newest_first(TYPE_OF[ShiftClosed]):
            found = entry.data.get("number")
            if found == number:
                return _whole(reader, entry)
            if isinstance(found, int) and found < number:
                return None
    return None


def _whole(reader: LedgerReader, entry: Entry) -> Closing:
    shift = _read(entry, ShiftClosed)
    return Closing(entry, shift, opening_of(reader, shift), _closed_before(reader, shift.opened_at))


def opening_of(reader: LedgerReader, shift: ShiftClosed) -> ShiftOpened | None:
    """None: no longer in this ledger."""
    entry = reader.entry_at(shift.opened_at)
    return _read(entry, ShiftOpened) if entry is not None else None


def _closed_before(reader: LedgerReader, sequence: int) -> ShiftClosed | None:
    found = next(reader.newest_first(TYPE_OF[ShiftClosed], before=sequence), None)
    return _read(found, ShiftClosed) if found is not None else None


F = TypeVar("F", ShiftClosed, ShiftOpened)


def _read(entry: Entry, kind: type[F]) -> F:
    try:
        return msgspec.convert(entry.data, kind)
    except msgspec.ValidationError as error:
        raise LedgerDamaged(f"entry {entry.sequence} is no {TYPE_OF[kind]}: {error}") from error
