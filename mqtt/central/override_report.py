"""Exceptions of a year: who allowed which vehicle what, and why."""

from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.core.facts import OverrideGranted
from mqtt.central.newest_of_year import count, newest
from mqtt.central.tables import cards


class Override(Struct, frozen=True, kw_only=True):
    """One that was granted at a pump, by a card at its reader."""

    gateway: str
    time: str
    supervisor: str
    """Holder of the card, or its UID where nobody holds it now."""
    subject: str
    chosen: bool
    """The vehicle's own card was not there."""
    reason: str | None
    text: str
    ceiling_ml: int


def overrides(connection: Connection, year: int) -> tuple[int, list[Override]]:
    """How many, and the newest of them first, at most 20."""
    cards_of = select(cards.c.uid, cards.c.holder).where(cards.c.card == "supervisor")
    holders = {uid: holder for uid, holder in connection.execute(cards_of)}  # noqa: C416 - rows
    found = [
        Override(
            gateway=gateway,
            time=time,
            supervisor=holders.get(fact.supervisor, fact.supervisor),
            subject=fact.subject,
            chosen=fact.chosen,
            reason=fact.reason,
            text=fact.text,
            ceiling_ml=fact.ceiling_ml,
        )
        for gateway, time, fact in newest(connection, OverrideGranted, year)
    ]
    return count(connection, OverrideGranted, year), found
