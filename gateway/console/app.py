"""The console put together: which address is answered by what."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.config.types import GatewayConfig
from gateway.console import (
    attendant,
    declared,
    driver,
    health,
    meter,
    override,
    papers,
    preset,
    receipts,
    shift,
    sign_in,
    voucher,
)
from gateway.console.access.forms import FormRefused
from gateway.console.access.guard import Guard
from gateway.console.asking import NotAnswered
from gateway.console.console import Console, console_of
from gateway.console.form import Form
from gateway.console.stop import STOP
from gateway.doctor.aside import NotExamined
from gateway.paper.work import NotMade
from gateway.store.errors import StoreError

log = logging.getLogger(__name__)

GET, POST = ["GET"], ["POST"]
DETAILS = ("no_such_shift", "no_such_sale")
"""Of an HTTPException, where it says more than its status."""
DISPLAYS = "/layar/"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _page(path: str, form: Form) -> tuple[Route, Route]:
    """A form's page, and where it is sent."""
    return Route(path, form.show, methods=GET), Route(path, form.take, methods=POST)


ROUTES = [
    Route("/", attendant.home, methods=GET),
    Route("/aliran", attendant.stream, methods=GET),
    Route("/aliran/kabar", attendant.news, methods=GET),
    Route("/pompa/{number:int}/henti", STOP.take, methods=POST),
    Route("/pompa/{number:int}/meter", meter.ENTER.take, methods=POST),
    *_page("/pompa/{number:int}/jumlah", preset.CHOOSE),
    *_page("/pompa/{number:int}/izin", override.CHOOSE),
    *_page("/voucher", voucher.ENTER),
    *_page("/giliran", shift.OPEN),
    *_page("/giliran/tutup", shift.CLOSE),
    Route("/nyatakan", declared.choose, methods=GET),
    *_page("/nyatakan/{sale}", declared.ENTER),
    *_page("/nyatakan/{sale}/batal", declared.CANCEL),
    Route("/penjualan", attendant.sold, methods=GET),
    Route("/penjualan/{sale}/struk", receipts.show, methods=GET),
    Route("/penjualan/{sale}/struk", receipts.take, methods=POST),
    Route("/giliran/{number:int}", papers.sheet, methods=GET),
    Route("/giliran/{number:int}.pdf", papers.sheet_as_pdf, methods=GET),
    Route("/kesehatan", health.show, methods=GET),
    Route("/layar", driver.choose, methods=GET),
    Route("/layar/{number:int}", driver.show, methods=GET),
    Route("/layar/{number:int}/aliran", driver.stream, methods=GET),
    Route("/masuk", sign_in.choose, methods=GET),
    Route("/masuk/kode", sign_in.with_code, methods=POST),
    Route("/masuk/kartu", sign_in.wait_for_card, methods=GET),
    Route("/masuk/kartu", sign_in.with_card, methods=POST),
    Route("/masuk/kartu/angka", sign_in.with_digits, methods=POST),
    Route("/masuk/kartu/aliran", sign_in.stream, methods=GET),
    Route("/keluar", sign_in.sign_out, methods=POST),
]


def build(config: GatewayConfig) -> Starlette:
    """Follows the gateway while it serves."""
    console = Console(config)

    @contextlib.asynccontextmanager
    async def following(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(console.feed.follow())
        yield
        task.cancel()

    static = Mount("/static", StaticFiles(directory=Path(__file__).with_name("static")))
    app = Starlette(
        routes=[*ROUTES, static],
        middleware=[Middleware(Guard, names=_names(config), framed=_framed(config))],
        exception_handlers={
            FormRefused: _form_refused,
            NotAnswered: _not_answered,
            NotMade: _not_made,
            NotExamined: _not_examined,
            StoreError: _unreadable,
            HTTPException: _http,
            Exception: _failed,
        },
        lifespan=following,
    )
    app.state.console = console
    app.state.sign_in = sign_in.SignIn(console)
    return app


def _framed(config: GatewayConfig) -> tuple[str, str] | None:
    """The drivers' displays alone: a button in a frame can be pressed without being seen."""
    site = config.console.framed_by
    return (DISPLAYS, site) if site is not None else None


def _names(config: GatewayConfig) -> frozenset[str]:
    """Hosts by which browsers call it, beside the address itself."""
    console = config.console
    named = {console.host_name} if console.host_name is not None else set()
    return frozenset({console.address, *named, *(LOOPBACK if _is_local(console.address) else ())})


def _is_local(address: str) -> bool:
    return address in LOOPBACK or address.startswith("127.")


async def _form_refused(request: Request, error: Exception) -> Response:
    code = error.code if isinstance(error, FormRefused) else "form_broken"
    return _said(request, code, 400)


async def _not_answered(request: Request, error: Exception) -> Response:
    log.warning("the gateway did not answer: %s", error, extra={"event": "gateway_unanswered"})
    return _said(request, "gateway_silent", 503)


async def _not_made(request: Request, error: Exception) -> Response:
    log.warning("no paper: %s", error, extra={"event": "paper_failed"})
    return _said(request, "paper_failed", 503)


async def _not_examined(request: Request, error: Exception) -> Response:
    log.error("health not examined: %s", error, extra={"event": "health_unexamined"})
    return _said(request, "went_wrong", 503)


async def _unreadable(request: Request, error: Exception) -> Response:
    log.error("%s", error, extra={"event": "ledger_unreadable"})
    return _said(request, "unreadable", 503)


async def _http(request: Request, error: Exception) -> Response:
    status, detail = 500, ""
    if isinstance(error, HTTPException):
        status, detail = error.status_code, error.detail
    code = {404: "no_such_page", 405: "form_broken", 503: "too_many_pages"}.get(status)
    said = detail if detail in DETAILS else code
    return _said(request, said or "went_wrong", status)


async def _failed(request: Request, _error: Exception) -> Response:
    return _said(request, "went_wrong", 500)


def _said(request: Request, code: str, status: int) -> Response:
    return console_of(request).pages.page(request, "said.html", status, code=code)
