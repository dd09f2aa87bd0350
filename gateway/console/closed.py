"""The shifts that were closed, as the ledger has them: read beside its writer."""

from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.core.facts import TYPE_OF, ShiftClosed
from gateway.core.log import Entry
from gateway.store.reader import LedgerReader

MOST_SHOWN = 30
"""Some ten days of three shifts; older ones are in the ledger's export."""
REACH = 50_000
"""Entries looked through for them: a month of a busy station."""


class Closed(Struct, frozen=True, kw_only=True):
    """One line of the list."""

    time: str
    number: int
    by: str
    opened: str
    volume_ml: int
    amount_idr: int


def closed(ledger: Path) -> list[Closed]:
    """The newest first; LedgerDamaged if it cannot be read. Not for the thread that serves pages:
    it reads a file."""
    with LedgerReader(ledger) as reader:
        reader.hold()
        before = reader.last().sequence + 1
        least = max(0, before - 1 - REACH)
        found = reader.newest_first(TYPE_OF[ShiftClosed], before=before, least=least)
        return [_closed(entry) for entry in islice(found, MOST_SHOWN)]


def _closed(entry: Entry) -> Closed:
    shift = msgspec.convert(entry.data, ShiftClosed)
    return Closed(
        time=entry.time,
        number=shift.number,
        by=shift.by,
        opened=shift.opened,
        volume_ml=shift.totals.volume_ml,
        amount_idr=shift.totals.amount_idr,
    )
