"""`/`: what an attendant sees of all pumps, and the one button there is: stop."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console.console import Console, console_of
from gateway.console.display import screen
from gateway.console.pages import utc_text
from gateway.console.sales import NEWEST, search
from gateway.runtime.requests import STOPPABLE, StopPump
from gateway.store.errors import StoreError

SIGN_IN = "/masuk"
HOME = "/"


async def home(request: Request) -> Response:
    console = console_of(request)
    person = console.signed_in(request)
    if person is None:
        return RedirectResponse(SIGN_IN, 303)
    told, person.told = person.told, None
    pieces = await _pieces(request, console.pages.language(request))
    return console.pages.page(
        request,
        "home.html",
        person=person,
        told=told,
        numbers=console.numbers,
        pieces=pieces,
        token=console.token(request),
    )


async def stream(request: Request) -> Response:
    console = console_of(request)
    if console.streams.full:
        raise HTTPException(503)
    language = console.pages.language(request)

    async def pieces() -> dict[str, str] | None:
        if console.signed_in(request, used=False) is None:
            return None
        return await _pieces(request, language)

    return console.streams.response(pieces)


async def stop(request: Request) -> Response:
    console = console_of(request)
    person = console.signed_in(request)
    if person is None:
        return RedirectResponse(SIGN_IN, 303)
    fields = await console.forms.read(request, console.cookie(request))
    number: int = request.path_params["number"]
    if number not in console.numbers:
        raise HTTPException(404)
    asked = StopPump(number, person.name, fields.get("sale") or None)
    answer = await console.asker.ask(asked)
    person.told = "told_stopped" if answer.done is not None else "told_nothing_to_stop"
    return RedirectResponse(HOME, 303)


async def sold(request: Request) -> Response:
    """Sales with search."""
    console = console_of(request)
    person = console.signed_in(request)
    if person is None:
        return RedirectResponse(SIGN_IN, 303)
    words = request.query_params.get("cari", "")[:60]
    before = request.query_params.get("sebelum", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else NEWEST
    try:
        found = await asyncio.to_thread(search, console.ledger, words, start)
    except StoreError:
        found = None
    return console.pages.page(
        request,
        "sales.html",
        200 if found is not None else 503,
        person=person,
        found=found,
        words=words,
        token=console.token(request),
    )


async def _pieces(request: Request, language: str) -> dict[str, str]:
    console = console_of(request)
    feed, pages, newest = console.feed, console.pages, console.feed.newest
    pieces = {
        "news": pages.part("news.html", language, feed=feed, since=utc_text(feed.since)),
        "link": pages.part("link.html", language, newest=newest, fresh=feed.fresh),
        "recent": await _recent(console, language),
    }
    token = console.token(request)
    for number in console.numbers:
        pump = feed.pump(number)
        stoppable = pump is not None and feed.fresh and pump.state in STOPPABLE
        pieces[f"pump-{number}"] = pages.part(
            "pump.html", language, screen=screen(feed, number), pump=pump, newest=newest
        )
        pieces[f"stop-{number}"] = pages.part(
            "stop.html",
            language,
            number=number,
            stoppable=stoppable,
            sale=pump.sale or "" if pump is not None and stoppable else "",
            token=token,
        )
    return pieces


async def _recent(console: Console, language: str) -> str:
    try:
        found = await console.recent()
    except StoreError:
        found = None
    return console.pages.part("recent.html", language, found=found)
