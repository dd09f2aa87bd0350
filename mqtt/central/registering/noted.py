"""Who changes the register, why and when; and that what they say is what a gateway can read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection

from gateway.core.allocation import Directive
from mqtt.central.decisions import DecisionRefused, decided

D = TypeVar("D", bound=Directive)


class Note(NamedTuple):
    """Goes on record with each change."""

    by: str
    reason: str
    now: datetime

    def record(self, connection: Connection, what: str) -> None:
        decided(connection, what, by=self.by, reason=self.reason, now=self.now)


def checked(kind: type[D], values: Mapping[str, Any]) -> D:
    """A directive as every gateway will read it; DecisionRefused names the value out of bounds."""
    try:
        return msgspec.convert(dict(values), kind)
    except msgspec.ValidationError as error:
        raise DecisionRefused(f"nothing was changed: {error}") from error


def changed(before: D, changes: Mapping[str, Any]) -> tuple[D, str]:
    """What holds afterwards, and the change in words; DecisionRefused where nothing changes."""
    old = msgspec.structs.asdict(before)
    new = {name: value for name, value in changes.items() if old[name] != value}
    if not new:
        raise DecisionRefused("nothing was changed: all that is said holds already")
    words = ", ".join(f"{name} {old[name]} -> {value}" for name, value in new.items())
    return checked(type(before), old | new), words
