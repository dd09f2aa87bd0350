"""What people add to a card before a pump decides, and what it still waits for."""

from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from gateway.core.reasons import Status
from gateway.core.units import NS_PER_S


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
