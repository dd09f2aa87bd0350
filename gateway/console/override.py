"""Why a supervisor allows an exception, and for which vehicle; the own card, tapped at the pump's
reader within the last minute, is what allows it."""

from typing import Any, get_args

from starlette.requests import Request

from gateway.console.access.sessions import Told
from gateway.console.console import console_of, pump_of
from gateway.console.form import Form, Given
from gateway.core.facts import OverrideReason
from gateway.runtime.requests import ChooseOverride

REASONS: tuple[OverrideReason, ...] = get_args(OverrideReason)


def part(request: Request, number: int, language: str) -> str:
    """Whether the card was tapped: the piece of the page that changes by itself."""
    console = console_of(request)
    pump = console.feed.pump(number) if console.feed.fresh else None
    return console.pages.part("armed.html", language, pump=pump, number=number)


async def _values(request: Request) -> dict[str, object]:
    console, number = console_of(request), pump_of(request)
    language = console.pages.language(request)
    return {
        "number": number,
        "armed": part(request, number, language),
        "reasons": REASONS,
        "names": await console.names.now(),
        "newest": console.feed.newest,
    }


def _ask(given: Given) -> ChooseOverride:
    reason: Any = given.must("reason")  # a stranger's is refused by the bounds of its request
    return ChooseOverride(
        given.pump,
        reason,
        given.text("text"),
        given.text("plate") or None,
        given.by,
        given.whole("armed"),
    )


def _tell(given: Given, done: dict[str, Any]) -> Told:
    if not done["subject"]:
        return Told(given.words("told_reason", pump=str(given.pump)))
    plate = given.text("plate").upper()
    return Told(given.words("told_override", pump=str(given.pump), plate=plate))


CHOOSE = Form(
    ask=_ask,
    tell=_tell,
    template="override.html",
    fields=("plate", "reason", "text"),
    values=_values,
)
