"""Sales as the ledger has them, newest first, read beside its writer, not through the gateway."""

import re
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.core.facts import TYPE_OF, SaleCompleted
from gateway.store.view import LedgerReader

A_PAGE = 20
REACH = 20_000
"""Entries looked through for one page: some weeks of a busy station. Older ones by `before`."""
NEWEST = 1 << 53


class Sale(Struct, frozen=True, kw_only=True):
    sequence: int
    time: str
    pump: int
    subject: str
    department: str
    product: str
    volume_ml: int
    amount_idr: int
    ended_by: str
    estimated: bool

    @property
    def vehicle(self) -> str:
        """The subject's name as people read it."""
        return self.subject.replace("-", " ").upper()


class Found(Struct, frozen=True, kw_only=True):
    sales: list[Sale]
    before: int | None
    """Where older ones begin; None: there are none."""


def search(ledger: Path, words: str = "", before: int = NEWEST, limit: int = A_PAGE) -> Found:
    """Sales of vehicles whose name holds these words; LedgerDamaged if it cannot be read.

    Not for the thread that serves pages: it reads a file.
    """
    part = re.sub(r"[^a-z0-9]+", "-", words.casefold()).strip("-")
    kind = TYPE_OF[SaleCompleted]
    with LedgerReader(ledger) as reader:
        reader.hold()
        before = min(before, reader.last().sequence + 1)
        first = reader.pruned().sequence
        found = reader.newest_of(
            kind, before=before, least=max(first, before - 1 - REACH), part=part, limit=limit
        )
    sales = [
        msgspec.convert({"sequence": e.sequence, "time": e.time, **e.data}, Sale) for e in found
    ]
    oldest = sales[-1].sequence if len(sales) == limit else before - REACH
    return Found(sales=sales, before=oldest if oldest > first + 1 else None)
