"""`/giliran`: the shift that is open and what it has come to, its opening and closing, and those
that are closed."""

import asyncio
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from starlette.requests import Request

from gateway.console.access.sessions import Told
from gateway.console.asking import NotAnswered
from gateway.console.console import Console, console_of
from gateway.console.form import Form, Given
from gateway.core.facts import TYPE_OF, ShiftClosed, ShiftTotals
from gateway.core.log import Entry
from gateway.runtime.requests import CloseShift, OpenShift, ShowShift
from gateway.store.errors import StoreError
from gateway.store.view import LedgerReader

HERE = "/giliran"
MOST_SHOWN = 30
"""Some ten days of three shifts; older ones are in the ledger's export."""
REACH = 50_000
"""Entries looked through for them: a month of a busy station."""


class Shown(Struct, frozen=True, kw_only=True):
    """What `shift.show` answers, as far as a page needs it."""

    open: bool
    number: int
    opened: str | None
    opened_by: str | None
    totals: ShiftTotals

    @property
    def fills(self) -> int:
        return sum(line.fills for line in self.totals.sold)

    @property
    def bypassed_ml(self) -> int:
        return sum(line.bypassed_ml for line in self.totals.pumps)

    @property
    def unauthorised_ml(self) -> int:
        return sum(line.unauthorised_ml for line in self.totals.pumps)

    @property
    def refusals(self) -> int:
        return sum(line.count for line in self.totals.refusals)

    @property
    def by_product(self) -> dict[str, tuple[int, int, int]]:
        """Fills, ml and rupiah of each; the rest of a shift with too many lines is ``."""
        found: dict[str, tuple[int, int, int]] = {}
        for line in self.totals.sold:
            fills, volume_ml, amount_idr = found.get(line.product or "", (0, 0, 0))
            found[line.product or ""] = (
                fills + line.fills,
                volume_ml + line.volume_ml - line.returned_ml,
                amount_idr + line.amount_idr - line.returned_idr,
            )
        return found


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


async def _values(request: Request) -> dict[str, object]:
    console = console_of(request)
    try:
        before = await asyncio.to_thread(closed, console.ledger)
    except StoreError:
        before = None
    return {"shift": await _shown(console), "closed": before}


async def _shown(console: Console) -> Shown | None:
    """None: the gateway does not say."""
    try:
        answer = await console.asker.ask(ShowShift())
    except NotAnswered:
        return None
    return msgspec.convert(answer.done, Shown) if answer.done is not None else None


def _open(given: Given) -> OpenShift:
    return OpenShift(by=given.by)


def _opened(given: Given, done: dict[str, Any]) -> Told:
    return Told(given.words("told_shift_open", number=str(done["number"])))


def _close(given: Given) -> CloseShift:
    return CloseShift(by=given.by, number=given.whole("number"))


def _is_closed(given: Given, done: dict[str, Any]) -> Told:
    words, number = given.words, str(done["number"])
    totals = msgspec.convert(done["totals"], ShiftTotals)
    volume, amount = words.litres(totals.volume_ml), words.rupiah(totals.amount_idr)
    text = words("told_shift_closed", number=number, volume=volume, amount=amount)
    return Told(text, href=f"{HERE}/{number}")


OPEN = Form(ask=_open, tell=_opened, template="shift.html", then=HERE, values=_values)
CLOSE = Form(ask=_close, tell=_is_closed, template="shift_close.html", then=HERE, values=_values)
