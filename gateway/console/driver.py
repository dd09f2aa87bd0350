"""`/layar`: the drivers' displays, one a pump. Nobody signs in here."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.config.types import OWN_MACHINE
from gateway.console.console import console_of, pump_of
from gateway.console.display import screen
from gateway.console.streams import Reader

PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""What proxies add to a request."""


async def choose(request: Request) -> Response:
    """Which pump; the only one at once."""
    console = console_of(request)
    if len(console.numbers) == 1:
        return RedirectResponse(f"/layar/{console.numbers[0]}", 303)
    return console.pages.page(request, "choose.html", numbers=console.numbers)


async def show(request: Request) -> Response:
    console, number = console_of(request), pump_of(request)
    language = console.pages.language(request)
    shown = _rendered(request, number, language)
    return console.pages.page(request, "display.html", number=number, screen=shown)


async def stream(request: Request) -> Response:
    console, number = console_of(request), pump_of(request)
    language = console.pages.language(request)

    async def pieces() -> dict[str, str]:
        return {"screen": _rendered(request, number, language)}

    return console.streams.response(request, Reader.DISPLAY, pieces)


def _rendered(request: Request, number: int, language: str) -> str:
    console = console_of(request)
    return console.pages.part(
        "screen.html",
        language,
        screen=screen(console.feed, number),
        feed=console.feed,
        at_the_pump=_at_the_pump(request),
    )


def _at_the_pump(request: Request) -> bool:
    """Whether who sees this page stands at the pump, as the configuration says. Behind a proxy
    nobody can tell."""
    if any(name in request.headers for name in PROXIED) or request.client is None:
        return False
    displays, host = console_of(request).config.console.displays, request.client.host
    own = (request.scope.get("server") or [""])[0]
    return host in displays or (OWN_MACHINE in displays and host == own)
