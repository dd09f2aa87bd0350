"""`/`: what an attendant sees of all pumps, the sales, and what keeps both up to date."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console import meter, override
from gateway.console.console import SIGN_IN, Console, console_of
from gateway.console.display import screen
from gateway.console.sales import NEWEST, search
from gateway.console.streams import Pieces, Reader
from gateway.runtime.requests import STOPPABLE
from gateway.store.errors import StoreError


async def home(request: Request) -> Response:
    console = console_of(request)
    person = console.signed_in(request)
    if person is None:
        return RedirectResponse(SIGN_IN, 303)
    pieces = await _pieces(request, console.pages.language(request))
    return console.signed_page(request, person, "home.html", numbers=console.numbers, pieces=pieces)


async def stream(request: Request) -> Response:
    """All pieces of `/`."""
    language = console_of(request).pages.language(request)

    async def pieces() -> dict[str, str]:
        return await _pieces(request, language)

    return _told(request, pieces)


async def news(request: Request) -> Response:
    """What changes on a form's page: the news, and with `pompa` whether a supervisor's card was
    tapped there."""
    console = console_of(request)
    language = console.pages.language(request)
    pump = request.query_params.get("pompa", "")
    number = int(pump) if pump in map(str, console.numbers) else None

    async def pieces() -> dict[str, str]:
        told = {"news": console.news(language)}
        if number is not None:
            told["armed"] = override.part(request, number, language)
        return told

    return _told(request, pieces)


def _told(request: Request, pieces: Pieces) -> Response:
    """To who is signed in, for as long as they are."""
    console = console_of(request)
    signed = console.signed_in(request, used=False) is not None
    reader = Reader.SIGNED_IN if signed else Reader.VISITOR  # who is told to leave

    async def told() -> dict[str, str] | None:
        return None if console.signed_in(request, used=False) is None else await pieces()

    return console.streams.response(request, reader, told)


async def sold(request: Request) -> Response:
    """Sales with search."""
    console = console_of(request)
    person = console.signed_in(request)
    if person is None:
        return RedirectResponse(SIGN_IN, 303)
    words = request.query_params.get("cari", "")[:60]
    before = request.query_params.get("sebelum", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else NEWEST
    names = await console.names.now()
    try:
        found = await asyncio.to_thread(search, console.ledger, names, words, start)
    except StoreError:
        found = None
    status = 200 if found is not None else 503
    return console.signed_page(request, person, "sales.html", status, found=found, words=words)


async def _pieces(request: Request, language: str) -> dict[str, str]:
    console = console_of(request)
    feed, pages, newest = console.feed, console.pages, console.feed.newest
    pieces = {
        "news": console.news(language),
        "link": pages.part("link.html", language, newest=newest, fresh=feed.fresh),
        "recent": await _recent(console, language),
    }
    token = console.token(request)
    for number in console.numbers:
        pump = feed.pump(number)
        stoppable = pump is not None and feed.fresh and pump.state in STOPPABLE
        shown = {"screen": screen(feed, number), "pump": pump, "newest": newest}
        pieces[f"head-{number}"] = pages.part("head.html", language, **shown)
        pieces[f"meter-{number}"] = meter.part(request, number, language)
        pieces[f"pump-{number}"] = pages.part("pump.html", language, **shown)
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
