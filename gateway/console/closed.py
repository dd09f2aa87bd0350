"""The shifts that were closed, as the ledger has them: read beside its writer."""

from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.core.facts import TYPE_OF, ShiftClosed, ShiftOpened
from gateway.core.log import Entry
from gateway.core.shift import quiet
from gateway.paper.closings import opening_of
from gateway.store.reader import LedgerReader

MOST_SHOWN = 30
"""Some ten days of three shifts; older ones are in the ledger's export."""
REACH = 50_000
"""Entries looked through for them: a month of a busy station."""


class Before(Struct, frozen=True, kw_only=True):
    """Between two shifts."""

    volume_ml: int
    amount_idr: int
    unauthorised_ml: int
    bypassed_ml: int


class Closed(Struct, frozen=True, kw_only=True):
    """One line of the list."""

    time: str
    number: int
    by: str
    opened: str
    volume_ml: int
    amount_idr: int
    before: Before | None = None
    """What happened before it, with no shift open; None: nothing, or it is not known here."""


def closed(ledger: Path) -> list[Closed]:
    """The newest first; LedgerDamaged if it cannot be read. Not for the thread that serves pages:
    it reads a file."""
    with LedgerReader(ledger) as reader:
        reader.hold()
        before = reader.last().sequence + 1
        least = max(0, before - 1 - REACH)
        found = reader.newest_first(TYPE_OF[ShiftClosed], before=before, least=least)
        return [_closed(reader, entry) for entry in islice(found, MOST_SHOWN)]


def _closed(reader: LedgerReader, entry: Entry) -> Closed:
    shift = msgspec.convert(entry.data, ShiftClosed)
    opened = opening_of(reader, shift)
    return Closed(
        time=entry.time,
        number=shift.number,
        by=shift.by,
        opened=shift.opened,
        volume_ml=shift.totals.volume_ml,
        amount_idr=shift.totals.amount_idr,
        before=_before(opened) if opened is not None and not quiet(opened) else None,
    )


def _before(opened: ShiftOpened) -> Before:
    since = opened.since
    return Before(
        volume_ml=since.volume_ml,
        amount_idr=since.amount_idr,
        unauthorised_ml=sum(line.unauthorised_ml for line in since.pumps),
        bypassed_ml=sum(line.bypassed_ml for line in since.pumps),
    )
