"""Shifts that gateways have closed, as their ledgers say; and those still open, added up here."""

from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from gateway.core.facts import TYPE_OF, ShiftClosed, ShiftOpened
from gateway.core.log import Entry
from gateway.core.running import Running
from gateway.core.shift import NO_SHIFT, Shift, joined
from mqtt.central.history_tables import former_ledgers
from mqtt.central.tables import entries
from mqtt.payloads import MessageRejected, read_fact


class _Closed(Struct):
    data: ShiftClosed


class _Opened(Struct):
    data: ShiftOpened


class ClosedShift(Struct, frozen=True, kw_only=True):
    """One closing, and where it stands."""

    gateway: str
    incarnation: str
    sequence: int
    time: str
    shift: ShiftClosed
    opened: ShiftOpened | None = None
    """With what happened before it, when no shift was open. None: central has not got it."""
    joins: bool | None = None
    """Whether the totalisers go on from the closing before; None: that is not here."""


class OpenShift(NamedTuple):
    """One that no entry closes, with what central has of it."""

    gateway: str
    incarnation: str
    through: int
    """The newest entry that is in it."""
    ended: bool
    """Another ledger has followed: it never will be closed."""
    shift: Shift
    opened: ShiftOpened | None
    """With what happened before it."""


def closed_shifts(
    connection: Connection, *, month: str = "", gateway: str | None = None
) -> list[ClosedShift]:
    """By gateway, in the order of its ledger. `month`: in which they were closed, YYYY-MM in UTC;
    empty: all."""
    of, query = entries.c, select(entries)
    query = query.where(of.type == TYPE_OF[ShiftClosed], of.time.like(f"{month}%"))
    if gateway is not None:
        query = query.where(of.gateway == gateway)
    found = []
    began = func.min(of.time).over(partition_by=(of.gateway, of.incarnation))
    for row in connection.execute(query.order_by(of.gateway, began, of.incarnation, of.sequence)):
        with suppress(msgspec.ValidationError):  # then it is in quarantine
            shift = msgspec.json.decode(row.body, type=_Closed).data
            opened = _opening(connection, row.gateway, row.incarnation, shift.opened_at)
            found.append(
                ClosedShift(
                    gateway=row.gateway,
                    incarnation=row.incarnation,
                    sequence=row.sequence,
                    time=row.time,
                    shift=shift,
                    opened=opened,
                    joins=_joins(connection, row, shift, opened),
                )
            )
    return found


def _opening(
    connection: Connection, gateway: str, incarnation: str, sequence: int
) -> ShiftOpened | None:
    of = entries.c
    body = connection.scalar(
        select(of.body).where(
            of.gateway == gateway,
            of.incarnation == incarnation,
            of.sequence == sequence,
            of.type == TYPE_OF[ShiftOpened],
        )
    )
    with suppress(msgspec.ValidationError):
        return msgspec.json.decode(body, type=_Opened).data if body is not None else None
    return None


def _joins(
    connection: Connection, row: Any, shift: ShiftClosed, opened: ShiftOpened | None
) -> bool | None:
    of = entries.c
    body = connection.scalar(
        select(of.body)
        .where(
            of.gateway == row.gateway,
            of.incarnation == row.incarnation,
            of.sequence < shift.opened_at,
            of.type == TYPE_OF[ShiftClosed],
        )
        .order_by(of.sequence.desc())
        .limit(1)
    )
    before = None
    with suppress(msgspec.ValidationError):
        before = msgspec.json.decode(body, type=_Closed).data if body is not None else None
    if opened is None or (before is None and shift.number != 1):
        return None
    return joined(before, opened, shift)


def open_shifts(connection: Connection, *, gateway: str | None = None) -> list[OpenShift]:
    """Each is added up anew from its entries."""
    of = entries.c
    query = (
        select(of.gateway, of.incarnation, func.max(of.sequence))
        .where(of.type.in_([TYPE_OF[ShiftOpened], TYPE_OF[ShiftClosed]]))
        .group_by(of.gateway, of.incarnation)
        .order_by(of.gateway, of.incarnation)
    )
    if gateway is not None:
        query = query.where(of.gateway == gateway)
    rows = connection.execute(select(former_ledgers.c.gateway, former_ledgers.c.incarnation))
    ended = {(row.gateway, row.incarnation) for row in rows}
    found = []
    for name, incarnation, first in connection.execute(query).all():
        through, shift = _added_up(connection, name, incarnation, first)
        if shift.begun is not None:
            over = (name, incarnation) in ended
            opened = _opening(connection, name, incarnation, first)
            found.append(OpenShift(name, incarnation, through, over, shift, opened))
    return found


def _added_up(
    connection: Connection, gateway: str, incarnation: str, first: int
) -> tuple[int, Shift]:
    """From an opening or closing on."""
    of = entries.c
    query = select(of.sequence, of.body).where(
        of.gateway == gateway, of.incarnation == incarnation, of.sequence >= first
    )
    running, through = Running(NO_SHIFT), first
    for sequence, body in connection.execute(query.order_by(of.sequence)):
        through = sequence
        with suppress(msgspec.ValidationError, MessageRejected):  # then it is in quarantine
            entry = msgspec.json.decode(body, type=Entry)
            read_fact(entry)
            running.take(entry)
    return through, running.shift
