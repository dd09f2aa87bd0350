"""Poison: entries that are proven and committed, but that this central cannot use.

They are kept whole and passed, so that nothing behind them waits; a person lists them,
looks, and lets a mended or newer Takar try again.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, insert, select, update

from gateway.core.facts import EpochAdopted
from gateway.core.log import Entry
from mqtt.central import epochs
from mqtt.central.former import former_ledger
from mqtt.central.known import known_gateway
from mqtt.central.learning import cover_what_is_out
from mqtt.central.passing import passes
from mqtt.central.periods import utc_text
from mqtt.central.pieces import Told, read_told
from mqtt.central.projections import project
from mqtt.central.report_tables import quarantine
from mqtt.central.tables import entries as entries_table
from mqtt.central.teller import Teller
from mqtt.payloads import MessageRejected

log = logging.getLogger(__name__)


class NotThere(Exception):
    """No such entry waits in quarantine."""


class Kept(NamedTuple):
    """One entry in quarantine."""

    gateway: str
    incarnation: str
    sequence: int
    why: str
    since: str
    """When central took it in, UTC text."""
    settled: str | None
    """When a retry used it, UTC text."""
    in_wait: bool
    """Kept before the gateway adopted our epoch: until it is used, nothing is minted."""
    body: str
    """The entry as JSON."""


def project_or_keep(
    teller: Teller, told: Sequence[Told], *, history: bool = False, careful: bool = True
) -> None:
    """Project entries just stored; what cannot be used goes to quarantine, alone.

    `history` as `project` says. Not `careful`: what is read but cannot be used is raised.
    What `passes` (disk full, database locked) is raised: then nothing may be acknowledged.
    """
    readable = told
    if not all(one.fact is not None for one in told):
        readable = _keep_unreadable(teller, told)
    if not careful:
        project(teller, readable, history=history, careful=False)
        return
    try:
        with teller.connection.begin_nested():
            project(teller, readable, history=history)
    except Exception as error:  # found one by one below
        if passes(error):
            raise
        for one in readable:
            _project_one(teller, one, history=history)


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
            row.since,
            row.settled,
            row.in_wait,
            _stored(connection, row.gateway, row.incarnation, row.sequence)[0],
        )
        for row in connection.execute(query).all()
    ]


def retry(connection: Connection, kept: Kept, zone: ZoneInfo, now: datetime) -> str:
    """Use an entry now, exactly once: "" if that went well, else why not yet. One transaction.

    It must still be what was proven when it came. Of an incarnation that has ended, or of a
    gateway that was revoked meanwhile, it is history. NotThere if it does not wait, or has been
    used meanwhile.
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
        body, its_hash = _proven(connection, kept)
        entry = msgspec.json.decode(body, type=Entry)
        wanted = f"takar/{kept.gateway}", f"{kept.incarnation}/{kept.sequence}"
        if (entry.source, entry.id) != wanted:
            raise MessageRejected(f"calls itself {entry.id} of {entry.source}, expected {wanted}")
        told = read_told(entry, its_hash, body)
        if told.fact is None:
            raise MessageRejected(told.why)
        ended = former_ledger(connection, kept.gateway, kept.incarnation) is not None
        history = ended or known_gateway(connection, kept.gateway).revoked is not None
        teller = Teller(connection, kept.gateway, kept.incarnation, zone, now)
        with connection.begin_nested():
            project(teller, [told], in_wait=kept.in_wait, history=history)
    except Exception as error:  # whatever it is, it stays where it is
        if passes(error):
            raise
        why = _words(error)
        connection.execute(update(quarantine).where(key).values(why=why))
        return why
    connection.execute(update(quarantine).where(key).values(settled=utc_text(now)))
    if kept.in_wait:
        cover_what_is_out(connection)
    return ""


def _keep_unreadable(teller: Teller, told: Sequence[Told]) -> list[Told]:
    """Returns the others."""
    connection = teller.connection
    in_wait = epochs.waits_for(connection, teller.gateway)
    readable = []
    for one in told:
        if one.fact is None:
            _keep(teller, one, one.why, in_wait=in_wait)
            continue
        readable.append(one)
        if isinstance(one.fact, EpochAdopted) and one.fact.epoch == epochs.epoch(connection):
            in_wait = False
    return readable


def _project_one(teller: Teller, told: Told, *, history: bool) -> None:
    try:
        with teller.connection.begin_nested():
            project(teller, [told], history=history)
    except Exception as error:  # a poison entry blocks nothing, whatever it does
        if passes(error):
            raise
        in_wait = epochs.waits_for(teller.connection, teller.gateway)
        _keep(teller, told, _words(error), in_wait=in_wait)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {getattr(error, 'orig', error)}"


def _keep(teller: Teller, told: Told, why: str, *, in_wait: bool) -> None:
    log.warning(
        "entry %d of %s is kept in quarantine: %s",
        told.sequence,
        teller.gateway,
        why,
        extra={"event": "entry_quarantined", "entry": told.sequence},
    )
    teller.connection.execute(
        insert(quarantine).values(
            gateway=teller.gateway,
            incarnation=teller.incarnation,
            sequence=told.sequence,
            why=why,
            since=utc_text(teller.now),
            settled=None,
            in_wait=in_wait,
        )
    )


def _proven(connection: Connection, kept: Kept) -> tuple[str, str]:
    """The entry as the gateway sealed it, and its hash. MessageRejected if it is that no more."""
    body, its_hash = _stored(connection, kept.gateway, kept.incarnation, kept.sequence)
    found = hashlib.sha256(body.encode()).hexdigest()
    if found != its_hash:
        raise MessageRejected(
            f"it was changed in central's database: its hash was {its_hash[:16]}… when it came "
            f"and is {found[:16]}… now; restore central's backup, or export and audit this ledger"
        )
    return body, its_hash


def _stored(
    connection: Connection, gateway: str, incarnation: str, sequence: int
) -> tuple[str, str]:
    """Body and hash, as they are in the database."""
    columns = entries_table.c
    body, its_hash = connection.execute(
        select(columns.body, columns.hash).where(
            columns.gateway == gateway,
            columns.incarnation == incarnation,
            columns.sequence == sequence,
        )
    ).one()
    return body, its_hash
