"""What gateways reserved and declared at a third party's station."""

from collections.abc import Iterator
from contextlib import suppress
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.core.facts import TYPE_OF, Fact, SaleCancelled, SaleDeclared, SaleReserved
from mqtt.central.invoices import Declared, Undeclared
from mqtt.central.selling import month_of
from mqtt.central.tables import entries

F = TypeVar("F", bound=Fact)


class _Any(Struct):
    data: msgspec.Raw


def odd_declaration(fact: SaleDeclared) -> list[str]:
    """More than was reserved is charged, and somebody should ask why it was given."""
    beyond_ml = fact.volume_ml - fact.reserved_ml
    if beyond_ml <= 0:
        return []
    return [
        f"receipt {fact.receipt_no} of {fact.station}: {fact.volume_ml} ml to {fact.subject}, "
        f"{beyond_ml} ml beyond what was reserved; it is charged all the same"
    ]


def declared_at(connection: Connection, station: str, zone: ZoneInfo) -> list[Declared]:
    """All of it, in the order of the ledgers."""
    return [
        Declared(
            fact.receipt_no,
            fact.volume_ml,
            month_of(fact.started, zone),
            gateway,
            fact.sale,
            fact.subject,
        )
        for gateway, fact in _told(connection, SaleDeclared)
        if fact.station == station
    ]


def undeclared_at(connection: Connection, station: str, zone: ZoneInfo) -> list[Undeclared]:
    """Reserved there, and neither declared nor cancelled as far as central knows."""
    ended = {fact.sale for _, fact in _told(connection, SaleDeclared)}
    ended |= {fact.sale for _, fact in _told(connection, SaleCancelled)}
    return [
        Undeclared(fact.reserved_ml, month_of(fact.started, zone), gateway, fact.sale, fact.subject)
        for gateway, fact in _told(connection, SaleReserved)
        if fact.station == station and fact.sale not in ended
    ]


def _told(connection: Connection, kind: type[F]) -> Iterator[tuple[str, F]]:
    """Every such fact and its gateway."""
    of = entries.c
    query = select(of.gateway, of.body).where(of.type == TYPE_OF[kind])
    for gateway, body in connection.execute(query.order_by(of.gateway, of.time, of.sequence)):
        with suppress(msgspec.ValidationError):  # then it is in quarantine
            data = msgspec.json.decode(body, type=_Any).data
            yield gateway, msgspec.json.decode(data, type=kind)
