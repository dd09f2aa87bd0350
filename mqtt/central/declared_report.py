"""What gateways declared of a third party's station."""

from contextlib import suppress
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.core.facts import TYPE_OF, SaleDeclared
from mqtt.central.invoices import Declared
from mqtt.central.selling import month_of
from mqtt.central.tables import entries


class _Told(Struct):
    data: SaleDeclared


def declared_at(connection: Connection, station: str, zone: ZoneInfo) -> list[Declared]:
    """All of it, in the order of the ledgers."""
    of = entries.c
    query = select(of.gateway, of.body).where(of.type == TYPE_OF[SaleDeclared])
    found = []
    for gateway, body in connection.execute(query.order_by(of.gateway, of.time, of.sequence)):
        with suppress(msgspec.ValidationError):  # then it is in quarantine
            fact = msgspec.json.decode(body, type=_Told).data
            if fact.station == station:
                month = month_of(fact.started, zone)
                found.append(
                    Declared(
                        fact.receipt_no, fact.volume_ml, month, gateway, fact.sale, fact.subject
                    )
                )
    return found
