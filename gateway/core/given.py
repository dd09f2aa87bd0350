"""What people add to a card before a pump decides, and what it still waits for."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from gateway.core.facts import OverrideReason
from gateway.core.reasons import Status
from gateway.core.units import NS_PER_S


class Why(Struct, frozen=True):
    """What a supervisor says of an exception."""

    reason: OverrideReason
    text: str = ""
    by: str | None = None
    """Who was signed in where it was typed."""


class Given(Struct, frozen=True):
    """To the card that is being decided on."""

    driver: str | None = None
    """UID of the card laid down as the driver's."""
    reading: int | None = None
    """The newest reading of the vehicle's own meter, in its unit."""
    tries: int = 0
    """How many readings were entered."""
    by: str | None = None
    """Who entered the newest, where that is known."""
    unread: bool = False
    """A reading was waited for, and none came."""
    subject: str | None = None
    """The vehicle that the supervisor named, whose card it then is that is decided on."""
    why: Why | None = None
    """Why the supervisor allows it."""


NOTHING = Given()


class Need(StrEnum):
    """What is missing."""

    READING = "reading"
    DRIVER_CARD = "driver_card"
    VEHICLE_CARD = "vehicle_card"


@dataclass(frozen=True, slots=True)
class Needed:
    """No rule stands against the card, but this must come first."""

    need: Need
    status: Status
    """How a display asks for it."""
    wait_s: int
    subject: str | None = None
    tries_left: int = 0
    """Readings that may still be entered."""

    @property
    def wait_ns(self) -> int:
        return self.wait_s * NS_PER_S
