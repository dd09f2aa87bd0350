"""The last reading of each vehicle's own meter, told to the gateways that may need it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from gateway.core.allocation import PutMeter
from gateway.core.odometer import Read
from mqtt.central import directives
from mqtt.central.decisions import DecisionRefused, decided
from mqtt.central.many import insert_many
from mqtt.central.periods import utc_text
from mqtt.central.report_tables import readings
from mqtt.central.tables import gateways, grants, meters, subjects
from mqtt.central.teller import Teller

_READING = ("gateway", "incarnation", "sequence", "subject", "reading", "unit", "doubtful")
_INSERT = insert(readings)


def take_readings(
    teller: Teller, rows: Sequence[tuple[Any, ...]], believed: Mapping[str, Read]
) -> None:
    """Keep all of them (`rows`), and what is news, by subject; and tell that to the other
    gateways that hold litres for it.

    The one that it comes from knows; what a later gateway needs, it is told with its first
    directives, or with the next reading.
    """
    connection = teller.connection
    insert_many(connection, _INSERT, _READING, rows)
    if not believed:
        return
    known = subjects.c.subject.in_(believed)
    query = (
        select(subjects.c.subject, meters.c.time)
        .join(meters, meters.c.subject == subjects.c.subject, isouter=True)
        .where(known)
    )
    for subject, time in connection.execute(query).all():
        read = believed[subject]
        if time is not None and time >= read.time:
            continue
        _keep(connection, subject, read, new=time is None)
        put = PutMeter(subject=subject, reading=read.reading, time=read.time)
        for gateway in _holders(connection, subject):
            if gateway != teller.gateway:
                directives.append(connection, [put], teller.now, only=gateway)


def put_right(
    connection: Connection, subject: str, reading: int, *, by: str, reason: str, now: datetime
) -> None:
    """A person says what a vehicle's meter shows now: replaced, repaired, or read wrongly.

    Every gateway is told, and the decision is on record. DecisionRefused if there is no such
    subject.
    """
    time = connection.scalar(select(meters.c.time).where(meters.c.subject == subject))
    if connection.scalar(select(subjects.c.subject).where(subjects.c.subject == subject)) is None:
        raise DecisionRefused(f"{subject}: expected a registered vehicle or machine; see its plate")
    read = Read(utc_text(now), reading)
    _keep(connection, subject, read, new=time is None)
    put = PutMeter(subject=subject, reading=reading, time=read.time)
    directives.append(connection, [put], now)
    decided(connection, f"meter {subject} at {reading}", by=by, reason=reason, now=now)


def _keep(connection: Connection, subject: str, read: Read, *, new: bool) -> None:
    values = {"reading": read.reading, "time": read.time}
    if new:
        connection.execute(insert(meters).values(subject=subject, **values))
    else:
        connection.execute(update(meters).where(meters.c.subject == subject).values(**values))


def _holders(connection: Connection, subject: str) -> list[str]:
    """Gateways with an open grant of its own for it."""
    query = (
        select(grants.c.gateway)
        .distinct()
        .join(gateways, gateways.c.name == grants.c.gateway)
        .where(
            grants.c.subject == subject,
            grants.c.kind == "vehicle",
            grants.c.closed_ml.is_(None),
            gateways.c.revoked.is_(None),
        )
        .order_by(grants.c.gateway)
    )
    return list(connection.scalars(query))
