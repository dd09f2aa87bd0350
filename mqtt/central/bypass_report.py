"""What flowed by gateways' bypass keys, and the paper vouchers that fit it, from their ledgers."""

from contextlib import suppress
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, func, select

from gateway.core.bypasses import Bypasses, Loose, Turn
from gateway.core.facts import (
    TYPE_OF,
    BypassChanged,
    FlowBypassed,
    FlowUncounted,
    VoucherEntered,
)
from gateway.core.log import Entry
from mqtt.central.tables import entries
from mqtt.payloads import MessageRejected, read_fact

_TYPES = [TYPE_OF[kind] for kind in (BypassChanged, FlowBypassed, FlowUncounted, VoucherEntered)]


class GatewayBypasses(NamedTuple):
    """Of one gateway: a voucher may be entered in another ledger than its fuel flowed in."""

    gateway: str
    turns: list[Turn]
    loose: list[Loose]
    """Vouchers for which nothing flowed by a key."""


def bypasses(
    connection: Connection, *, month: str = "", gateway: str | None = None
) -> list[GatewayBypasses]:
    """By gateway; without those that have nothing to say. `month`: in which a key was turned, or a
    voucher's fuel given, YYYY-MM in UTC; empty: all."""
    of, query = entries.c, select(entries)
    query = query.where(of.type.in_(_TYPES))
    if gateway is not None:
        query = query.where(of.gateway == gateway)
    began = func.min(of.time).over(partition_by=(of.gateway, of.incarnation))
    kept: dict[str, Bypasses] = {}
    for row in connection.execute(query.order_by(of.gateway, began, of.incarnation, of.sequence)):
        with suppress(msgspec.ValidationError, MessageRejected):  # then it is in quarantine
            fact = read_fact(msgspec.json.decode(row.body, type=Entry))
            kept.setdefault(row.gateway, Bypasses()).take(fact, row.time)
    found = (_of_month(name, month, *one.matched()) for name, one in kept.items())
    return [one for one in found if one.turns or one.loose]


def _of_month(name: str, month: str, turns: list[Turn], loose: list[Loose]) -> GatewayBypasses:
    return GatewayBypasses(
        name,
        [turn for turn in turns if turn.since.startswith(month)],
        [one for one in loose if one.paper.sold.startswith(month)],
    )
