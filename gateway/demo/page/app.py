"""The forecourt's page put together: which address is answered by what, and to whom."""

import asyncio
import contextlib
import hmac
import logging
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.console.access.guard import Guard
from gateway.demo.neighbour import THEIR_PUMP, THEIR_STATION
from gateway.demo.page.deeds import AnyDeed, Deeds, NotNow
from gateway.demo.page.live import Live
from gateway.demo.page.look import Look
from gateway.demo.page.serving import HOST
from gateway.demo.parts import PartFailed
from gateway.demo.stage import PERSON, PICOS, PRODUCTS, Stage
from gateway.demo.wallet import PageCard
from hardware.ports import HardwareError

log = logging.getLogger(__name__)

TOKEN = "x-takar-demo"  # noqa: S105  # a header's name
BODY_BYTES = 500
MOST_DEEDS = 8
SWITCHES = (
    ("network", "whole", "Cut the network", "Mend the network"),
    ("gateway", "running", "Kill the gateway", "Start the gateway"),
    ("pi", "plugged", "Pull the Pi's plug", "Plug the Pi in"),
    ("pico", "plugged", "Pull the Pico's cable", "Plug the Pico in"),
    ("power", "on", "Cut all power", "Power on again"),
)
"""What can fail: its deed and that one's field, the words while it is whole and while it is not."""
ALL_WITH_PICO = [number for numbers in PICOS["real"].values() for number in numbers]
DEED: msgspec.json.Decoder[AnyDeed] = msgspec.json.Decoder(AnyDeed)


@dataclass(slots=True)
class Page:
    stage: Stage
    wallet: list[PageCard]
    deeds: Deeds
    live: Live
    token: str
    under_way: int = 0


def build(stage: Stage, wallet: list[PageCard], deeds: Deeds, look: Look) -> Starlette:
    """Serves while its lifespan lasts."""
    page = Page(stage, wallet, deeds, Live(look.now), secrets.token_urlsafe(16))

    @contextlib.asynccontextmanager
    async def following(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(page.live.follow())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        look.close()

    static = Mount("/static", StaticFiles(directory=Path(__file__).with_name("static")))
    app = Starlette(
        routes=[
            Route("/", show, methods=["GET"]),
            Route("/events", events, methods=["GET"]),
            Route("/do", do, methods=["POST"]),
            static,
        ],
        middleware=[Middleware(Guard, names=frozenset({HOST}), frames=_frames(stage))],
        lifespan=following,
    )
    app.state.page = page
    app.state.environment = Environment(
        loader=PackageLoader("gateway.demo.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return app


def _frames(stage: Stage) -> str:
    theirs = [stage.neighbour.console_url] if stage.neighbour is not None else []
    return " ".join([stage.console_url, *theirs])


async def show(request: Request) -> Response:
    page = _page(request)
    groups: dict[str, list[PageCard]] = {}
    for card in page.wallet:
        groups.setdefault(card.group, []).append(card)
    template = request.app.state.environment.get_template("forecourt.html")
    return HTMLResponse(
        template.render(
            groups=groups,
            pumps=_dispensers(page.stage),
            switches=SWITCHES,
            console=page.stage.console_url,
            their_console=page.stage.neighbour.console_url if page.stage.neighbour else "",
            person=PERSON,
            code=page.stage.code,
            token=page.token,
        )
    )


@dataclass(frozen=True, slots=True)
class Dispenser:
    number: int
    product: str
    limiter: str
    """What holds the second contact; empty at a third party's, where nothing of ours is wired."""
    title: str
    display: str
    """Where the driver's display is."""


def _dispensers(stage: Stage) -> list[Dispenser]:
    ours = [
        Dispenser(
            number=number,
            product=product,
            limiter="Pico" if number in ALL_WITH_PICO else "timer",
            title=f"Pump {number}",
            display=f"{stage.console_url}/layar/{number}",
        )
        for number, product in PRODUCTS.items()
    ]
    if stage.neighbour is None:
        return ours
    theirs = Dispenser(
        number=THEIR_PUMP,
        product=PRODUCTS[1],
        limiter="",
        title=f"Third party's pump, {THEIR_STATION}",
        display=f"{stage.neighbour.console_url}/layar/1",
    )
    return [*ours, theirs]


async def events(request: Request) -> Response:
    live = _page(request).live
    if live.full:
        return JSONResponse({"refused": "Too many pages are open."}, 503)
    return EventSourceResponse(live.events(), ping=3600, send_timeout=10)


async def do(request: Request) -> Response:
    page = _page(request)
    if not _is_ours(request, page.token):
        return _refused("This page is of another demo: load it again.", 403)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES:
            return _refused("That is too long.", 413)
    try:
        deed = DEED.decode(body)
    except ValueError as error:
        return _refused(str(error), 400)
    if page.under_way >= MOST_DEEDS:
        return _refused("One thing after the other, please.", 503)
    page.under_way += 1
    try:
        await asyncio.to_thread(page.deeds.do, deed)
    except (NotNow, HardwareError, PartFailed) as error:
        return _refused(str(error), 409)
    finally:
        page.under_way -= 1
    return JSONResponse({"done": True})


def _is_ours(request: Request, token: str) -> bool:
    """A foreign site can send a form here, but neither this header nor our own origin."""
    site = f"http://{request.headers.get('host', '')}"
    given = request.headers.get(TOKEN, "")
    return request.headers.get("origin") == site and hmac.compare_digest(
        given.encode(), token.encode()
    )


def _refused(why: str, status: int) -> Response:
    return JSONResponse({"refused": why}, status)


def _page(request: Request) -> Page:
    page: Page = request.app.state.page
    return page
