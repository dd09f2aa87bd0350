"""What the console puts on paper: a shift's sheet, as a page and as PDF."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console.console import SIGN_IN, Console, console_of
from gateway.paper.closings import closing_of
from gateway.paper.sheet import Sheet, make_sheet
from gateway.paper.work import MakePdf


async def sheet(request: Request) -> Response:
    console = console_of(request)
    person = console.signed_in(request)
    if person is None:
        return RedirectResponse(SIGN_IN, 303)
    made = await _sheet(request, console)
    return console.signed_page(request, person, "sheet.html", sheet=made)


async def sheet_as_pdf(request: Request) -> Response:
    console = console_of(request)
    if console.signed_in(request) is None:
        return RedirectResponse(SIGN_IN, 303)
    made = await _sheet(request, console)
    content = await console.workshop.do(MakePdf(made))
    name = f"giliran-{made.gateway}-{request.path_params['number']}.pdf"
    said = {"content-disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="application/pdf", headers=said)


async def _sheet(request: Request, console: Console) -> Sheet:
    number: int = request.path_params["number"]
    closing = await asyncio.to_thread(closing_of, console.ledger, number)
    if closing is None:
        raise HTTPException(404, "no_such_shift")
    words = console.pages.words(console.pages.language(request))
    return make_sheet(closing, words)
