"""Entries by number, in every ledger that a gateway has had."""

import msgspec
from sqlalchemy import Connection, select

from gateway.core.log import Entry
from mqtt.central.tables import entries


def entries_numbered(connection: Connection, gateway: str, sequence: int) -> list[Entry]:
    """The newest last; at most one of each incarnation."""
    of = entries.c
    query = select(of.body).where(of.gateway == gateway, of.sequence == sequence)
    rows = connection.execute(query.order_by(of.time, of.incarnation))
    return [msgspec.json.decode(row.body, type=Entry) for row in rows]
