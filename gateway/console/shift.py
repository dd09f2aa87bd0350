"""`/giliran`: the shift that is open and what it has come to, its opening and closing, and those
that are closed."""

from typing import Any

import msgspec
from msgspec import Struct
from starlette.requests import Request

from gateway.console.access.sessions import Told
from gateway.console.asking import NotAnswered
from gateway.console.closed import closed
from gateway.console.console import Console, console_of
from gateway.console.form import Form, Given
from gateway.core.facts import ShiftTotals
from gateway.runtime.requests import CloseShift, OpenShift, ShowShift
from gateway.store.errors import StoreError

HERE = "/giliran"


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


async def _values(request: Request) -> dict[str, object]:
    console = console_of(request)
    shift = await _shown(console)
    state = (shift.number, shift.open) if shift is not None else None
    try:
        before = await console.closed.of(state, lambda: closed(console.ledger))
    except StoreError:
        before = None
    return {"shift": shift, "closed": before}


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
