"""After a restore of central: whom it waits for, and what it must not mint until then.

Every litre that was granted after the backup is known to the gateway that holds it. So a
restored central mints nothing for anybody until each gateway's ledger is applied through its
`epoch.adopted`, and no entry before that waits in quarantine. A gateway that never reports can
be released by a person. Then all that is left of each period that the lost central may have
minted counts as spent, for nobody knows what it held of it, until it reports after all through
its `epoch.adopted`. Of an incarnation that another has followed, or of a revoked gateway, it
stays so until a person lifts it (lifting.py): an import of its ledger brings its grants and sales,
but does not prove where that ledger ended.
"""

import secrets
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from mqtt.central.enrolment_tables import invitations
from mqtt.central.history_tables import withheld
from mqtt.central.many import ask
from mqtt.central.periods import period_of, periods_due
from mqtt.central.report_tables import quarantine
from mqtt.central.tables import gateways, grants, identity

_EPOCH = select(identity.c.epoch)
_UNREAD = select(quarantine.c.gateway).where(quarantine.c.in_wait, quarantine.c.settled.is_(None))
"""Gateways with an entry in quarantine that may be a grant which we do not know."""
_OWN = select(identity.c.epoch).scalar_subquery()
_AWAITED = (
    select(gateways.c.name)
    .where(
        or_(gateways.c.epoch < _OWN, gateways.c.name.in_(_UNREAD)),
        gateways.c.released_epoch < _OWN,
        gateways.c.revoked.is_(None),
    )
    .order_by(gateways.c.name)
)
_FORGOTTEN = (
    select(invitations.c.gateway)
    .where(invitations.c.forgotten, invitations.c.used_by.is_(None))
    .order_by(invitations.c.gateway)
)
_BEHIND = select(gateways.c.epoch < _OWN).where(gateways.c.name == bindparam("of_gateway"))
REPORTING = (
    gateways.c.revoked.is_(None),
    gateways.c.epoch == _OWN,
)
"""Which gateways may be given grants: those not revoked that have reported in our epoch."""
_WITHHELD_BY = (
    select(withheld.c.gateway)
    .where(withheld.c.period == bindparam("of_period"))
    .distinct()
    .order_by(withheld.c.gateway)
)


class Withheld(NamedTuple):
    """An incarnation of a gateway that may hold grants unknown to us, and of which months."""

    gateway: str
    incarnation: str
    periods: list[str]


def epoch(connection: Connection) -> int:
    """The one we are in."""
    own: int = connection.execute(_EPOCH).scalar_one()
    return own


def raise_epoch(connection: Connection, now: datetime) -> int:
    """Enter the next one, with a fresh incarnation for directives' ids.

    It is named after the time, as YYYYMMDDhhmmss in UTC: whoever restores the same backup a
    second time must not come upon the epoch of the first, which gateways have adopted.
    """
    new = max(epoch(connection) + 1, int(now.astimezone(UTC).strftime("%Y%m%d%H%M%S")))
    connection.execute(update(identity).values(epoch=new, incarnation=secrets.token_hex(8)))
    return new


def awaited(connection: Connection) -> list[str]:
    """Gateways of which we do not know all that was granted before our epoch, and for which
    nobody decided not to wait."""
    return [name for (name,) in ask(connection, _AWAITED)]


def waits_for(connection: Connection, gateway: str) -> bool:
    """Has this gateway's ledger, as far as applied, not adopted our epoch yet?"""
    ((behind,),) = ask(connection, _BEHIND, {"of_gateway": gateway})
    return bool(behind)


def withheld_by(connection: Connection, period: str) -> list[str]:
    """Gateways that may hold, unknown to us, what is left of this period."""
    return [name for (name,) in ask(connection, _WITHHELD_BY, {"of_period": period})]


def withheld_of(connection: Connection, gateway: str, incarnation: str) -> list[str]:
    """Periods that are withheld because of this incarnation."""
    found = select(withheld.c.period).filter_by(gateway=gateway, incarnation=incarnation)
    return list(connection.scalars(found.order_by(withheld.c.period)))


def all_withheld(connection: Connection) -> list[Withheld]:
    """What is withheld because of whom, in the order of their names."""
    columns = withheld.c
    query = select(columns.gateway, columns.incarnation, columns.period).order_by(*columns)
    rows = groupby(connection.execute(query).all(), lambda row: (row.gateway, row.incarnation))
    return [Withheld(*whose, [row.period for row in found]) for whose, found in rows]


def unwithhold(connection: Connection, gateway: str, incarnation: str) -> None:
    """All that this incarnation may hold is known."""
    found = withheld.c.gateway == gateway, withheld.c.incarnation == incarnation
    connection.execute(delete(withheld).where(*found))


def mints_nothing(connection: Connection, period: str) -> str:
    """Why nothing may be minted for a period; empty where it may."""
    if names := [name for (name,) in ask(connection, _FORGOTTEN)]:
        return (
            f"restored; {', '.join(names)} enrolled after the backup, and may hold litres: waits "
            "until the code is typed there (takar enrol)"
        )
    if names := awaited(connection):
        unread = [name for name in connection.scalars(_UNREAD.distinct()) if name in names]
        held_up = (
            f"; entries of {', '.join(sorted(unread))} cannot be used: takar central quarantine"
            if unread
            else ""
        )
        return f"restored; waits for the ledgers of {', '.join(names)}{held_up}"
    if names := withheld_by(connection, period):
        return f"what is left may be held by {', '.join(names)}, of which too little is known"
    return ""


def adopted(connection: Connection, gateway: str, incarnation: str, new: int) -> None:
    """A gateway's ledger is applied through its adoption of an epoch: it hides nothing older."""
    chosen = gateways.c.name == gateway, gateways.c.epoch < new
    connection.execute(update(gateways).where(*chosen).values(epoch=new))
    if new == epoch(connection):
        unwithhold(connection, gateway, incarnation)


def withhold(connection: Connection, gateway: str, incarnation: str, now: datetime) -> None:
    """Mint nothing more for any period of which this incarnation may hold unknown grants.

    That is each which is due by now, so that the lost central may have minted it, and each
    later one of which any grant is known.
    """
    zone = ZoneInfo(connection.execute(select(identity.c.city_timezone)).scalar_one())
    later = select(grants.c.period).where(grants.c.period > period_of(now, zone)).distinct()
    for period in sorted({*periods_due(now, zone), *connection.scalars(later)}):
        key = {"gateway": gateway, "incarnation": incarnation, "period": period}
        found = select(withheld.c.period).filter_by(**key)
        if connection.execute(found).first() is None:
            connection.execute(insert(withheld).values(**key))
