"""What people do at the attendant's console."""

from typing import Literal

from gateway.core.facts.fact import Fact
from gateway.core.fields import Count, PumpNumber, Text


class PumpStopped(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody pressed stop; the sale, if fuel had flowed, ends by `attendant`."""

    pump: PumpNumber
    by: Text
    sale: Text | None
    """Of the fill that was stopped; None while a card was still being decided on."""


class ConsoleSignedIn(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody may now stop pumps from a browser."""

    by: Text
    how: Literal["card", "code"]
    pump: PumpNumber | None
    """Whose reader read the card."""
    source: Text
    """Address of the browser."""


class ConsoleLocked(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Too many wrong codes: none is tried for a while from there, or for that name."""

    source: Text
    name: Text
    """As it was typed, cut; empty where the address alone is locked."""
    failures: Count
    seconds: Count
