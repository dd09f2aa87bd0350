"""Sales as the ledger has them, newest first, read beside its writer, not through the gateway."""

import re
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.console.names import Names
from gateway.core.facts import TYPE_OF, SaleCompleted
from gateway.core.log import Entry
from gateway.store.reader import LedgerReader

A_PAGE = 20
REACH = 20_000
"""Entries looked through for one page: some weeks of a busy station. Older ones by `before`."""
NEWEST = 1 << 53


class Sale(Struct, frozen=True, kw_only=True):
    sequence: int
    time: str
    pump: int
    sale: str
    vehicle: str
    """Plate or asset number."""
    product: str
    volume_ml: int
    amount_idr: int
    ended_by: str
    estimated: bool
    supervisor: str | None
    """Whose card allowed it, where one did."""


class Found(Struct, frozen=True, kw_only=True):
    sales: list[Sale]
    before: int | None
    """Where older ones begin; None: there are none."""


def search(
    ledger: Path, names: Names, words: str = "", before: int = NEWEST, limit: int = A_PAGE
) -> Found:
    """Sales of vehicles whose plate or name holds these words; LedgerDamaged if it cannot be read.

    Not for the thread that serves pages: it reads a file.
    """
    part = re.sub(r"[^a-z0-9]+", "-", words.casefold()).strip("-")
    kind = TYPE_OF[SaleCompleted]
    with LedgerReader(ledger) as reader:
        reader.hold()
        before = min(before, reader.last().sequence + 1)
        first = reader.pruned().sequence
        found = reader.newest_of_subjects(
            kind,
            before=before,
            least=max(first, before - 1 - REACH),
            part=part,
            also=names.subjects(words),
            limit=limit,
        )
    sales = [_sale(entry, names) for entry in found]
    oldest = sales[-1].sequence if len(sales) == limit else before - REACH
    return Found(sales=sales, before=oldest if oldest > first + 1 else None)


def _sale(entry: Entry, names: Names) -> Sale:
    sold = msgspec.convert(entry.data, SaleCompleted)
    card = sold.override_by
    return Sale(
        sequence=entry.sequence,
        time=entry.time,
        pump=sold.pump,
        sale=sold.sale,
        vehicle=names.plate(sold.subject),
        product=sold.product,
        volume_ml=sold.volume_ml,
        amount_idr=sold.amount_idr,
        ended_by=sold.ended_by,
        estimated=sold.estimated,
        supervisor=names.people.get(card, card) if card is not None else None,
    )
