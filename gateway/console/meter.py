"""A vehicle's odometer or hour meter, read off by its driver and typed in at the pump's card."""

from typing import Any

from starlette.requests import Request

from gateway.console import entered
from gateway.console.access.sessions import Told
from gateway.console.console import console_of
from gateway.console.form import Form, Given
from gateway.runtime.requests import EnterMeter

READING = "reading"
"""What a pump `asks` for."""


def part(request: Request, number: int, language: str) -> str:
    """The form, while this pump asks for a reading. The last one is not shown: it would be what
    is typed."""
    console = console_of(request)
    pump = console.feed.pump(number)
    if pump is None or not console.feed.fresh or pump.asks != READING:
        return ""
    return console.pages.part(
        "meter.html", language, pump=pump, token=console.token(request), number=number
    )


def _ask(given: Given) -> EnterMeter:
    unit = given.fields.get("unit", "km")
    return EnterMeter(
        given.pump,
        entered.reading(given.must("reading"), unit),
        given.by,
        given.fields.get("subject") or None,
        given.whole("tries_left"),
    )


def _tell(given: Given, done: dict[str, Any]) -> Told:
    reading, left = given.text("reading"), int(done["tries_left"])
    if done["accepted"]:
        return Told(given.words("told_reading", reading=reading))
    code = "told_reading_again" if left else "told_reading_refused"
    return Told(given.words(code, reading=reading, left=str(left)), bad=True)


ENTER = Form(ask=_ask, tell=_tell, fields=("reading",))
