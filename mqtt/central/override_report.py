"""Exceptions of a year: who allowed which vehicle what, and why."""

from contextlib import suppress

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from gateway.core.facts import TYPE_OF, OverrideGranted
from mqtt.central.tables import cards, entries

MOST_OVERRIDES = 20


class _Granted(Struct):
    data: OverrideGranted


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
    of_year = entries.c.type == TYPE_OF[OverrideGranted], entries.c.time.like(f"{year:04}-%")
    count = connection.scalar(select(func.count()).select_from(entries).where(*of_year)) or 0
    rows = connection.execute(
        select(entries.c.gateway, entries.c.time, entries.c.body)
        .where(*of_year)
        .order_by(entries.c.time.desc(), entries.c.sequence.desc())
        .limit(MOST_OVERRIDES)
    ).all()
    cards_of = select(cards.c.uid, cards.c.holder).where(cards.c.card == "supervisor")
    holders = {uid: holder for uid, holder in connection.execute(cards_of)}  # noqa: C416 - rows
    found = []
    for gateway, time, body in rows:
        with suppress(msgspec.ValidationError):  # then it is in quarantine
            fact = msgspec.json.decode(body, type=_Granted).data
            found.append(
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
            )
    return count, found
