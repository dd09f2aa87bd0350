"""`/nyatakan`: what third parties' pumps gave on a tap, typed twice from its receipt, or that they
gave nothing."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import entered
from gateway.console.access.sessions import Told
from gateway.console.asking import NotAnswered
from gateway.console.console import SIGN_IN, Console, console_of
from gateway.console.form import Form, Given
from gateway.runtime.open_declaration import OpenDeclaration
from gateway.runtime.requests import CancelDeclaration, Declare, ListDeclarations, Typed

HERE = "/nyatakan"


async def choose(request: Request) -> Response:
    """All that wait to be declared, the oldest first."""
    console = console_of(request)
    person = console.signed_in(request)
    if person is None:
        return RedirectResponse(SIGN_IN, 303)
    waiting = await _waiting(console)
    return console.signed_page(request, person, "declarations.html", mistake=None, waiting=waiting)


async def _waiting(console: Console) -> list[OpenDeclaration] | None:
    """None: the gateway does not say."""
    try:
        answer = await console.asker.ask(ListDeclarations())
    except NotAnswered:
        return None
    done = answer.done
    return None if done is None else msgspec.convert(done["declarations"], list[OpenDeclaration])


async def _values(request: Request) -> dict[str, object]:
    waiting = await _waiting(console_of(request))
    sale = request.path_params["sale"]
    one = next((each for each in waiting or () if each.sale == sale), None)
    return {"one": one, "known": waiting is not None}


def _ask(given: Given) -> Declare:
    first, second = (
        Typed(
            given.must(f"receipt_{time}"),
            entered.volume_ml(given.must(f"litres_{time}"), given.words.language),
            given.by,
        )
        for time in (1, 2)
    )
    return Declare(given.request.path_params["sale"], first, second)


def _tell(given: Given, done: dict[str, Any]) -> Told:
    words = given.words
    beyond = bool(done["beyond_ml"])
    text = words(
        "told_declared_beyond" if beyond else "told_declared",
        receipt=given.text("receipt_1").upper(),
        volume=words.litres(done["volume_ml"]),
        amount=words.rupiah(done["amount_idr"]),
        beyond=words.litres(done["beyond_ml"]),
    )
    return Told(text, bad=beyond)


def _cancel(given: Given) -> CancelDeclaration:
    return CancelDeclaration(given.request.path_params["sale"], given.by, given.text("why"))


def _cancelled(given: Given, done: dict[str, Any]) -> Told:
    return Told(given.words("told_cancelled", volume=given.words.litres(done["reserved_ml"])))


ENTER = Form(
    ask=_ask,
    tell=_tell,
    template="declared.html",
    then=HERE,
    fields=("receipt_1", "litres_1", "receipt_2", "litres_2"),
    values=_values,
)
CANCEL = Form(
    ask=_cancel,
    tell=_cancelled,
    template="declared.html",
    then=HERE,
    fields=("why",),
    values=_values,
)
