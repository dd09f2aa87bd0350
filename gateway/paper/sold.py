"""A sale as its receipt tells of it: its entry, and what other entries say of the same sale."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from gateway.core.facts import (
    TYPE_OF,
    Fact,
    OverrideGranted,
    SaleCompleted,
    SaleCorrected,
    SaleDeclared,
    ShiftClosed,
    ShiftOpened,
    VoucherEntered,
)
from gateway.core.log import Entry
from gateway.store.errors import LedgerDamaged
from gateway.store.reader import LedgerReader

REACH = 20_000
"""Entries looked through before a sale: some weeks of a busy station."""

F = TypeVar("F", bound=Fact)


class Sold(NamedTuple):
    entry: Entry
    sale: SaleCompleted
    paper: VoucherEntered | SaleDeclared | None
    """Of a sale that no meter of ours counted."""
    override: OverrideGranted | None
    corrected: SaleCorrected | None
    attendant: str | None
    """Whose shift it was."""


def sold(ledger: Path, which: str) -> Sold | None:
    """By the sale's id, or by the number of its entry. None where that is no sale that the ledger
    holds; LedgerDamaged if it cannot be read.

    An id is looked for in all that it holds: not for the thread that serves pages.
    """
    with LedgerReader(ledger) as reader:
        reader.hold()
        entry = _entry(reader, which)
        if entry is None:
            return None
        sale = _fact(entry, SaleCompleted)
        return Sold(
            entry=entry,
            sale=sale,
            paper=_paper(reader, entry, sale),
            override=_override(reader, entry, sale),
            corrected=_correction(reader, entry, sale),
            attendant=_attendant(reader, entry.sequence),
        )


def _entry(reader: LedgerReader, which: str) -> Entry | None:
    kind = TYPE_OF[SaleCompleted]
    if which.isascii() and which.isdigit():
        entry = reader.entry_at(int(which)) if len(which) < 16 else None
        return entry if entry is not None and entry.type == kind else None
    return next((one for one in reader.newest_first(kind) if one.data.get("sale") == which), None)


def _paper(
    reader: LedgerReader, entry: Entry, sale: SaleCompleted
) -> VoucherEntered | SaleDeclared | None:
    """It stands in the next entry, of the same commit."""
    following = reader.entry_at(entry.sequence + 1)
    kinds: tuple[type[VoucherEntered] | type[SaleDeclared], ...] = (VoucherEntered, SaleDeclared)
    for kind in kinds:
        if following is not None and following.type == TYPE_OF[kind]:
            paper = _fact(following, kind)
            return paper if paper.sale == sale.sale else None
    return None


def _override(reader: LedgerReader, entry: Entry, sale: SaleCompleted) -> OverrideGranted | None:
    if sale.override_by is None:
        return None
    return _of_the_sale(_before(reader, OverrideGranted, entry.sequence), sale)


def _correction(reader: LedgerReader, entry: Entry, sale: SaleCompleted) -> SaleCorrected | None:
    if not sale.estimated:
        return None
    found = reader.entries_of(TYPE_OF[SaleCorrected], entry.sequence)
    return _of_the_sale((_fact(one, SaleCorrected) for one in found), sale)


Named = TypeVar("Named", OverrideGranted, SaleCorrected)


def _of_the_sale(found: Iterator[Named], sale: SaleCompleted) -> Named | None:
    return next((one for one in found if one.sale == sale.sale), None)


def _attendant(reader: LedgerReader, sequence: int) -> str | None:
    """Of the shift that was open."""
    began = _newest(reader, ShiftOpened, sequence)
    if began is None:
        return None
    ended = _newest(reader, ShiftClosed, sequence)
    if ended is not None and ended.sequence > began.sequence:
        return None
    return _fact(began, ShiftOpened).by


def _newest(reader: LedgerReader, kind: type[Fact], before: int) -> Entry | None:
    least = max(0, before - REACH)
    return next(reader.newest_first(TYPE_OF[kind], before=before, least=least), None)


def _before(reader: LedgerReader, kind: type[F], sequence: int) -> Iterator[F]:
    least = max(0, sequence - REACH)
    found = reader.newest_first(TYPE_OF[kind], before=sequence, least=least)
    return (_fact(one, kind) for one in found)


def _fact(entry: Entry, kind: type[F]) -> F:
    try:
        return msgspec.convert(entry.data, kind)
    except msgspec.ValidationError as error:
        raise LedgerDamaged(f"entry {entry.sequence} is no {TYPE_OF[kind]}: {error}") from error
