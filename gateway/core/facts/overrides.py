"""Exceptions that supervisors allow, each with who, why and how much."""

from typing import Annotated, Literal

from msgspec import Meta

from gateway.core.facts.fact import Fact
from gateway.core.fields import FillMl, Name, PumpNumber, Text, Uid

OverrideReason = Literal["card_forgotten", "card_broken", "journey", "emergency", "other"]


class OverrideGranted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Written with the first reservation of the fill that it allows."""

    pump: PumpNumber
    sale: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}-[0-9]{1,16}$")]
    supervisor: Uid
    """The card that was laid on this pump's reader."""
    subject: Name
    chosen: bool
    """The supervisor named the vehicle, whose own card was not there."""
    reason: OverrideReason | None
    """None: the two cards were tapped and nobody said why."""
    text: Text
    by: Text | None
    """Who was signed in where the reason was typed."""
    ceiling_ml: FillMl
    """Most that it may take from the station's grant; the vehicle's own comes first."""
    clock: Annotated[str, Meta(pattern="^(good|rtc|doubtful)$")]
