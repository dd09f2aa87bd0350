"""Incarnations of a gateway's ledger that another one has followed."""

from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, select, union

from gateway.core.facts import TYPE_OF, GatewayRestored
from gateway.core.log import Entry
from mqtt.central.history_tables import former_ledgers
from mqtt.central.tables import entries, gateways

_FORMER = select(former_ledgers.c.through, former_ledgers.c.head).where(
    former_ledgers.c.gateway == bindparam("of_gateway"),
    former_ledgers.c.incarnation == bindparam("of_incarnation"),
)
_EACH = union(
    select(former_ledgers.c.gateway, former_ledgers.c.incarnation),
    select(gateways.c.name, gateways.c.incarnation),
).subquery()
_BEGINNINGS = (
    select(entries.c.gateway, entries.c.incarnation, entries.c.body)
    .join(
        _EACH,
        (_EACH.c.gateway == entries.c.gateway) & (_EACH.c.incarnation == entries.c.incarnation),
    )
    .where(entries.c.sequence == 1, entries.c.type == TYPE_OF[GatewayRestored])
    .order_by(entries.c.gateway, entries.c.time)
)


class FormerLedger(NamedTuple):
    """How far one is applied."""

    through: int
    head: str


def former_ledger(connection: Connection, gateway: str, incarnation: str) -> FormerLedger | None:
    """None where it is the present one, or not known here."""
    place = {"of_gateway": gateway, "of_incarnation": incarnation}
    row = connection.execute(_FORMER, place).first()
    return None if row is None else FormerLedger(*row)


class Beginning(NamedTuple):
    """An incarnation of a gateway that followed another."""

    gateway: str
    incarnation: str
    said: GatewayRestored


def beginnings(connection: Connection) -> list[Beginning]:
    """Of every gateway, by their times."""
    return [
        Beginning(row.gateway, row.incarnation, _said(row.body))
        for row in connection.execute(_BEGINNINGS).all()
    ]


def _said(body: str) -> GatewayRestored:
    return msgspec.convert(msgspec.json.decode(body, type=Entry).data, GatewayRestored)
