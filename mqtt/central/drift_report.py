"""Alarms of a year: totalisers that do not count what was recorded."""

from contextlib import suppress

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.core.facts import TYPE_OF, TotaliserDrifted
from mqtt.central.tables import entries

MOST_DRIFTS = 20


class _Drifted(Struct):
    data: TotaliserDrifted


class Drift(Struct, frozen=True, kw_only=True):
    """An alarm: a totaliser that does not count what was recorded."""

    gateway: str
    time: str
    pump: int
    against: str
    since: str
    counted_ml: int
    recorded_ml: int
    tolerance_ml: int


def drifts(connection: Connection, year: int) -> list[Drift]:
    """The newest first, at most 20."""
    rows = connection.execute(
        select(entries.c.gateway, entries.c.time, entries.c.body)
        .where(entries.c.type == TYPE_OF[TotaliserDrifted], entries.c.time.like(f"{year:04}-%"))
        .order_by(entries.c.time.desc())
        .limit(MOST_DRIFTS)
    )
    found = []
    for gateway, time, body in rows:
        with suppress(msgspec.ValidationError):  # then it is in quarantine
            fact = msgspec.json.decode(body, type=_Drifted).data
            found.append(
                Drift(
                    gateway=gateway,
                    time=time,
                    pump=fact.pump,
                    against=fact.against,
                    since=fact.since,
                    counted_ml=fact.counted_ml,
                    recorded_ml=fact.recorded_ml,
                    tolerance_ml=fact.tolerance_ml,
                )
            )
    return found
