"""A closed shift added up anew from the entries that central has of it."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, func, select

from gateway.core.facts import TYPE_OF, SaleCorrected, ShiftTotals
from gateway.core.log import Entry
from gateway.core.running import COUNTED, Running
from gateway.core.shift import NO_SHIFT
from mqtt.central.report_tables import sales
from mqtt.central.shift_report import ClosedShift
from mqtt.central.tables import entries
from mqtt.payloads import MessageRejected, read_fact


def added_up(connection: Connection, one: ClosedShift) -> ShiftTotals | None:
    """What its entries come to; None where they are not all here, or not all can be read."""
    first, last = one.shift.opened_at, one.sequence - 1
    if not _all_here(connection, one, first, last):
        return None
    guessed = _guessed_at(connection, one)
    if guessed is None:
        return None
    running = Running(NO_SHIFT)
    try:
        for entry in _counted(connection, one, guessed, last):
            read_fact(entry)
            running.take(entry)
    except (msgspec.ValidationError, MessageRejected):
        return None
    shift = running.shift
    begun = shift.begun
    if begun is None or (begun.sequence, shift.number) != (first, one.shift.number):
        return None
    return shift.totals


def _all_here(connection: Connection, one: ClosedShift, first: int, last: int) -> bool:
    of = entries.c
    query = select(func.count()).where(
        of.gateway == one.gateway,
        of.incarnation == one.incarnation,
        of.sequence.between(first, last),
    )
    return bool(connection.execute(query).scalar_one() == last - first + 1)


def _guessed_at(connection: Connection, one: ClosedShift) -> int | None:
    """Where to begin, so that what was corrected in this shift is known as it was sold, maybe
    before; None where central does not know it."""
    of, first = entries.c, one.shift.opened_at
    query = select(of.body).where(
        of.gateway == one.gateway,
        of.incarnation == one.incarnation,
        of.type == TYPE_OF[SaleCorrected],
        of.sequence.between(first, one.sequence),
    )
    found = [msgspec.json.decode(body, type=Entry) for body in connection.scalars(query)]
    which = {entry.data.get("sale") for entry in found}
    sold = connection.scalars(
        select(sales.c.sequence).where(
            sales.c.gateway == one.gateway,
            sales.c.incarnation == one.incarnation,
            sales.c.sale.in_(which),
        )
    ).all()
    return min([first, *sold]) if len(sold) == len(which) else None


def _counted(connection: Connection, one: ClosedShift, first: int, last: int) -> Iterator[Entry]:
    of = entries.c
    query = (
        select(of.body)
        .where(
            of.gateway == one.gateway,
            of.incarnation == one.incarnation,
            of.sequence.between(first, last),
            of.type.in_(COUNTED),
        )
        .order_by(of.sequence)
    )
    for body in connection.scalars(query):
        yield msgspec.json.decode(body, type=Entry)
