"""What a pump's desk needs of the rest of the gateway."""

from typing import TYPE_CHECKING, Protocol

from gateway.core import actions as a
from gateway.core.decision import Accepting, Allowed, Armed, Awaited, Denied, Drawing
from gateway.core.events import (
    DecisionAllowed,
    DecisionAwaited,
    DecisionDenied,
    DecisionNeeds,
    Event,
    OverrideArmed,
)
from gateway.core.given import Needed
from gateway.core.lag import Lags
from gateway.runtime.noting import Note

if TYPE_CHECKING:
    from gateway.runtime.desk import Desk

Decision = Allowed | Drawing | Accepting | Denied | Armed | Awaited | Needed


class Office(Protocol):
    """What a pump needs of the rest of the gateway; answers come back as events."""

    def is_technician(self, uid: str) -> bool: ...
    def decide(self, desk: "Desk", action: a.Decide) -> tuple[Decision, str | None]:
        """The decision, and the subject if the card has one. Awaited only if not the last time."""

    def reserve(self, desk: "Desk", action: a.Reserve) -> None: ...
    def record_sale(self, desk: "Desk", action: a.RecordSale) -> None: ...
    def release(self, desk: "Desk", action: a.Release) -> None: ...
    def note(self, desk: "Desk", note: Note) -> None: ...
    def keep_lags(self, desk: "Desk", lags: Lags) -> None: ...


def as_event(uid: str, decision: Decision, subject: str | None) -> Event | None:
    """`uid`: the card that was asked about. None: what it leads to is told when it is durable."""
    match decision:
        case Allowed() | Drawing():
            return DecisionAllowed(decision)
        case Denied(code):
            return DecisionDenied(code, subject)
        case Armed(by):
            return OverrideArmed(by)
        case Needed():
            return DecisionNeeds(uid, decision)
        case Awaited():
            return DecisionAwaited()
        case Accepting():
            return None
