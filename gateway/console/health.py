"""`/kesehatan`: what the doctor can tell while the pumps are served."""

import time

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.console.console import SIGN_IN, console_of
from gateway.doctor.aside import health_aside
from gateway.doctor.codes import Status
from gateway.doctor.said import said
from gateway.doctor.verdict import worst

ORDER = (Status.FAILED, Status.WARNING, Status.OK)
"""What somebody must see to comes first; what could not be tried, apart."""
KEPT_S = 5
"""A page that is loaded again and again has nothing examined again."""


async def show(request: Request) -> Response:
    """To who is signed in."""
    console = console_of(request)
    person = console.signed_in(request)
    if person is None:
        return RedirectResponse(SIGN_IN, 303)
    feed = console.feed
    newest = feed.newest if feed.fresh else None
    state = int(time.monotonic()) // KEPT_S, feed.fresh
    verdicts = await console.health.of(state, lambda: health_aside(console.config, newest))
    language = console.pages.language(request)
    rows = [(one.status, said(one, language)) for one in verdicts]
    return console.signed_page(
        request,
        person,
        "health.html",
        rows=sorted((row for row in rows if row[0] in ORDER), key=lambda row: ORDER.index(row[0])),
        unchecked=[row for row in rows if row[0] not in ORDER],
        worst=worst(verdicts),
    )
