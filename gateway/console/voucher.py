"""Numbered paper vouchers, entered when all works again, each once."""

from typing import Any

from starlette.requests import Request

from gateway.console import entered
from gateway.console.access.forms import FormRefused
from gateway.console.access.sessions import Told
from gateway.console.console import console_of
from gateway.console.form import Form, Given
from gateway.runtime.requests import EnterVoucher

HERE = "/voucher"


async def _values(request: Request) -> dict[str, object]:
    console = console_of(request)
    newest = console.feed.newest
    return {
        "pumps": newest.pumps if newest is not None else [],
        "names": await console.names.now(),
        "newest": newest,
    }


def _ask(given: Given) -> EnterVoucher:
    pump = given.must("pump")
    if pump not in map(str, given.console.numbers):
        raise FormRefused("form_broken")
    return EnterVoucher(
        serial=entered.number(given.must("serial")),
        plate=given.must("plate"),
        volume_ml=entered.volume_ml(given.must("litres"), given.words.language),
        sold=entered.moment(given.must("sold"), given.console.pages.zone),
        pump=int(pump),
        by=given.by,
    )


def _tell(given: Given, done: dict[str, Any]) -> Told:
    words = given.words
    code = "told_voucher_beyond" if done["overrun_ml"] else "told_voucher"
    text = words(
        code,
        serial=entered.number(given.text("serial")),
        plate=done["plate"],
        volume=words.litres(done["volume_ml"]),
        amount=words.rupiah(done["amount_idr"]),
        beyond=words.litres(done["overrun_ml"]),
    )
    return Told(text)


ENTER = Form(
    ask=_ask,
    tell=_tell,
    template="voucher.html",
    then=HERE,
    fields=("serial", "plate", "litres", "pump", "sold"),
    values=_values,
)
