"""The one button of a pump's card that does something at once."""

from typing import Any

from gateway.console.access.sessions import Told
from gateway.console.form import Form, Given
from gateway.runtime.requests import StopPump


def _ask(given: Given) -> StopPump:
    return StopPump(given.pump, given.by, given.fields.get("sale") or None)


def _tell(given: Given, _done: dict[str, Any]) -> Told:
    return Told(given.words("told_stopped"))


STOP = Form(ask=_ask, tell=_tell)
