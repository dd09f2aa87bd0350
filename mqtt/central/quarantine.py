"""Poison: entries that are proven and committed, but that this central cannot use.

They are kept whole and passed, so that nothing behind them waits; a person lists them,
looks, and lets a mended or newer Takar try again.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import OperationalError

from gateway.core.facts import EpochAdopted, Fact
from gateway.core.log import Entry
from mqtt.central import epochs
from mqtt.central.learning import cover_what_is_out
from mqtt.central.periods import utc_text
from mqtt.central.projections import Read, project
from mqtt.central.report_tables import quarantine
from mqtt.central.tables import entries as entries_table
from mqtt.central.unreadable import Unreadable
from mqtt.payloads import MessageRejected, read_fact

log = logging.getLogger(__name__)


class NotThere(Exception):
    """No such entry waits in quarantine."""


class Kept(NamedTuple):
    """One entry in quarantine."""

    gateway: str
    incarnation: str
    sequence: int
    why: str
    settled: str | None
    """When a retry used it, UTC text."""
    in_wait: bool
    """Kept before the gateway adopted our epoch: until it is used, nothing is minted."""
    body: str
    """The entry as JSON."""


def project_or_keep(
    connection: Connection,
    gateway: str,
    incarnation: str,
    entries: Sequence[Entry],
    zone: ZoneInfo,
    now: datetime,
    known: Sequence[Read] | None = None,
) -> None:
    """Project entries just stored; what cannot be used goes to quarantine, alone.

    `known`: the same entries with what they say, if that is known of all of them.
    OperationalError (disk full, database locked) is raised: then nothing may be acknowledged.
    """
    usable: list[Read] = list(known or [])
    in_wait = epochs.waits_for(connection, gateway)
    for entry in entries if known is None else ():
        try:
            fact = _read(entry)
        except MessageRejected as error:
            place = gateway, incarnation, entry.sequence
            _keep(connection, *place, str(error), in_wait=in_wait)
            continue
        usable.append((entry, fact))
        if isinstance(fact, EpochAdopted) and fact.epoch == epochs.epoch(connection):
            in_wait = False
    try:
        with connection.begin_nested():
            project(connection, gateway, incarnation, usable, zone, now)
    except OperationalError:
        raise
    except Exception:  # noqa: BLE001  # found one by one below
        for read in usable:
            _project_one(connection, gateway, incarnation, read, zone, now)


def listed(connection: Connection, *, settled: bool = False) -> list[Kept]:
    """What waits, in the order of the ledgers; with `settled` also what a retry has used."""
    query = select(quarantine).order_by(
        quarantine.c.gateway, quarantine.c.incarnation, quarantine.c.sequence
    )
    if not settled:
        query = query.where(quarantine.c.settled.is_(None))
    return [
        Kept(
            row.gateway,
            row.incarnation,
            row.sequence,
            row.why,
            row.settled,
            row.in_wait,
            _body(connection, row.gateway, row.incarnation, row.sequence),
        )
        for row in connection.execute(query).all()
    ]


def retry(connection: Connection, kept: Kept, zone: ZoneInfo, now: datetime) -> str:
    """Use an entry now, exactly once: "" if that went well, else why not yet. One transaction.

    NotThere if it does not wait, or has been used meanwhile.
    """
    key = (
        (quarantine.c.gateway == kept.gateway)
        & (quarantine.c.incarnation == kept.incarnation)
        & (quarantine.c.sequence == kept.sequence)
    )
    waits = select(quarantine.c.sequence).where(key, quarantine.c.settled.is_(None))
    if connection.execute(waits).first() is None:
        raise NotThere(f"entry {kept.sequence} of {kept.gateway} does not wait in quarantine")
    try:
        entry = msgspec.json.decode(kept.body, type=Entry)
        read = (entry, read_fact(entry))
        place = kept.gateway, kept.incarnation
        with connection.begin_nested():
            project(connection, *place, [read], zone, now, in_wait=kept.in_wait)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, it stays where it is
        why = _words(error)
        connection.execute(update(quarantine).where(key).values(why=why))
        return why
    connection.execute(update(quarantine).where(key).values(settled=utc_text(now)))
    if kept.in_wait:
        cover_what_is_out(connection)
    return ""


def _read(entry: Entry) -> Fact:
    if isinstance(entry, Unreadable):
        raise MessageRejected(entry.why)
    return read_fact(entry)


def _project_one(
    connection: Connection,
    gateway: str,
    incarnation: str,
    read: Read,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    try:
        with connection.begin_nested():
            project(connection, gateway, incarnation, [read], zone, now)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001  # a poison entry blocks nothing, whatever it does
        in_wait = epochs.waits_for(connection, gateway)
        place = gateway, incarnation, read[0].sequence
        _keep(connection, *place, _words(error), in_wait=in_wait)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {getattr(error, 'orig', error)}"


def _keep(
    connection: Connection,
    gateway: str,
    incarnation: str,
    sequence: int,
    why: str,
    *,
    in_wait: bool,
) -> None:
    log.warning("entry %d of %s is kept in quarantine: %s", sequence, gateway, why)
    connection.execute(
        insert(quarantine).values(
            gateway=gateway,
            incarnation=incarnation,
            sequence=sequence,
            why=why,
            settled=None,
            in_wait=in_wait,
        )
    )


def _body(connection: Connection, gateway: str, incarnation: str, sequence: int) -> str:
    columns = entries_table.c
    found: str = connection.execute(
        select(columns.body).where(
            columns.gateway == gateway,
            columns.incarnation == incarnation,
            columns.sequence == sequence,
        )
    ).scalar_one()
    return found
