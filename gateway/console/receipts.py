"""A receipt for a sale: looked at, then on the printer, or as a page for the browser's where
there is none."""

import asyncio
import logging
import secrets
import sqlite3

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.config.types import ReceiptSettings
from gateway.console.access.forms import FormRefused
from gateway.console.access.sessions import SignedIn, Told
from gateway.console.console import SIGN_IN, Console, console_of
from gateway.paper.receipt import Mark, make_receipt
from gateway.paper.sold import Sold, sold
from gateway.paper.work import NotMade, Print
from hardware.receipt_printer.qr import qr_path
from hardware.receipt_printer.slip import laid_out

log = logging.getLogger(__name__)

SALES = "/penjualan"
COLUMNS = 42
"""Of a page: as on paper of 80 mm."""
LONGEST = 40
"""A sale's id, or its entry's number."""


async def show(request: Request) -> Response:
    """What it would be, and a button that prints it."""
    console = console_of(request)
    person = console.signed_in(request)
    if person is None:
        return RedirectResponse(SIGN_IN, 303)
    found = await _found(request, console)
    return await _page(request, console, person, found, "receipt_preview")


async def take(request: Request) -> Response:
    """Once: a form that is sent again prints nothing more."""
    console = console_of(request)
    person = console.signed_in(request)
    if person is None:
        return RedirectResponse(SIGN_IN, 303)
    fields = await console.forms.read(request, console.cookie(request))
    once = fields.get("once")
    if not once:
        raise FormRefused("form_broken")
    found = await _found(request, console)
    printer = console.config.receipt_printer
    if printer is not None and once in person.sent:
        return RedirectResponse(SALES, 303)
    # Not in the person's turn: a stop must not wait for a printer.
    person.sent.append(once)
    is_copy = await asyncio.to_thread(_begin, console, found)
    mark: Mark | None = "receipt_copy" if is_copy else None
    if printer is None:
        return await _page(request, console, person, found, mark)
    told = await _print(request, console, printer, found, mark)
    person.told.append(told)
    return RedirectResponse(SALES, 303)


async def _found(request: Request, console: Console) -> Sold:
    sale: str = request.path_params["sale"]
    if len(sale) > LONGEST:
        raise HTTPException(404, "no_such_sale")
    found = await asyncio.to_thread(sold, console.ledger, sale)
    if found is None:
        raise HTTPException(404, "no_such_sale")
    return found


def _begin(console: Console, found: Sold) -> bool:
    """Whether it is to be called a copy. Where nobody can tell, it is."""
    try:
        return console.printed.begin(found.sale.sale)
    except sqlite3.Error as error:
        log.error("receipts: not counted: %s", error, extra={"event": "receipt_uncounted"})
        return True


def _take_back(console: Console, found: Sold) -> None:
    try:
        console.printed.take_back(found.sale.sale)
    except sqlite3.Error as error:
        log.error("receipts: not counted: %s", error, extra={"event": "receipt_uncounted"})


async def _print(
    request: Request,
    console: Console,
    printer: ReceiptSettings,
    found: Sold,
    mark: Mark | None,
) -> Told:
    """What came of it."""
    words = console.words(request)
    slip = make_receipt(
        found,
        console.pages.words(printer.language),
        names=await console.names.now(),
        mark=mark,
        heading=printer.heading,
        left_ml=_left_ml(console, found) if printer.shows_remaining else None,
    )
    try:
        await console.workshop.do(Print(slip, printer))
    except NotMade as error:
        log.warning(
            "receipt of entry %d: %s",
            found.entry.sequence,
            error,
            extra={"event": "receipt_failed", "entry": found.entry.sequence},
        )
        if error.begun:
            return Told(words("printer_stopped"), bad=True)
        await asyncio.to_thread(_take_back, console, found)
        return Told(words("no_printer"), bad=True)
    return Told(words("told_copy_printed" if mark else "told_printed"))


def _left_ml(console: Console, found: Sold) -> int | None:
    """What the gateway says is left, while the sale is its pump's last."""
    pump = console.feed.pump(found.sale.pump)
    last = pump.last_sale if pump is not None else None
    return last.left_ml if last is not None and last.sale == found.sale.sale else None


async def _page(
    request: Request, console: Console, person: SignedIn, found: Sold, mark: Mark | None
) -> Response:
    slip = make_receipt(
        found,
        console.words(request),
        names=await console.names.now(),
        mark=mark,
        left_ml=_left_ml(console, found),
    )
    modules, path = qr_path(slip.qr)
    return console.signed_page(
        request,
        person,
        "receipt.html",
        lines=laid_out(slip.lines, COLUMNS),
        foot=laid_out(slip.foot, COLUMNS),
        modules=modules,
        path=path,
        preview=mark == "receipt_preview",
        once=secrets.token_hex(16),
    )
