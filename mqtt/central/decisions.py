"""Decisions about gateways on record, and litres that nobody can call back."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from mqtt.central.grant_tables import decisions
from mqtt.central.periods import utc_text
from mqtt.central.tables import grants


class Decision(NamedTuple):
    """One on record."""

    time: str
    who: str
    what: str
    why: str


class DecisionRefused(Exception):
    """What is to be decided makes no sense here; the text says why."""


def close_at_full_volume(connection: Connection, gateway: str) -> int:
    """Charge all open grants of a gateway with their whole volume; returns how many.

    What it sells, has sold or never sold of them is then of no account for any quota.
    """
    still_open = grants.c.gateway == gateway, grants.c.closed_ml.is_(None)
    closing = update(grants).where(*still_open).values(closed_ml=grants.c.volume_ml)
    return connection.execute(closing).rowcount


def decided(connection: Connection, what: str, *, by: str, reason: str, now: datetime) -> None:
    """Put a decision on record."""
    connection.execute(insert(decisions).values(time=utc_text(now), who=by, what=what, why=reason))


def all_decisions(connection: Connection) -> list[Decision]:
    """All that people decided, and central by its rules, oldest first."""
    columns = decisions.c
    query = select(columns.time, columns.who, columns.what, columns.why).order_by(columns.id)
    return [Decision(*row) for row in connection.execute(query)]
