"""Vehicles and machines that may fill, and their monthly quotas."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, or_, select

from gateway.core.allocation import PutSubject
from mqtt.central import register
from mqtt.central.decisions import DecisionRefused
from mqtt.central.registering.noted import Note, changed, checked
from mqtt.central.tables import departments, prices, subjects

_FIELDS = PutSubject.__struct_fields__


def named(connection: Connection, vehicle: str) -> str:
    """The subject of that name or plate; DecisionRefused unless there is exactly one."""
    columns = subjects.c
    query = select(columns.subject).where(
        or_(columns.subject == vehicle, columns.plate == vehicle.upper())
    )
    found: list[str] = list(connection.scalars(query))
    if len(found) != 1:
        many = f"{len(found)} vehicles" if found else "no vehicle"
        raise DecisionRefused(f"{many} named or with the plate {vehicle!r} in the register")
    return found[0]


def vehicle_of(connection: Connection, subject: str) -> tuple[PutSubject, int]:
    """What the register says of one that is in it, and its quota of a month in ml."""
    columns = [subjects.c[name] for name in _FIELDS]
    row = connection.execute(
        select(*columns, subjects.c.quota_ml).where(subjects.c.subject == subject)
    ).one()
    return msgspec.convert(dict(zip(_FIELDS, row[:-1], strict=True)), PutSubject), row[-1]


def change_vehicle(
    connection: Connection,
    vehicle: str,
    changes: Mapping[str, Any],
    quota_ml: int | None,
    note: Note,
) -> PutSubject:
    """Change fields of a vehicle given by name or plate, and its quota from the next month on.

    DecisionRefused where it is not known, a value is out of bounds or nothing changes.
    """
    before, quota_before_ml = vehicle_of(connection, named(connection, vehicle))
    words = []
    after = before
    if quota_ml is not None and quota_ml != quota_before_ml:
        words.append(f"quota_ml {quota_before_ml} -> {quota_ml}")
    if changes or not words:
        after, said = changed(before, changes)
        words.append(said)
    _refuse_unknown(connection, after)
    quota_after_ml = quota_before_ml if quota_ml is None else quota_ml
    register.put_subject(connection, after, quota_after_ml, note.now)
    note.record(connection, f"{after.subject}: {', '.join(words)}")
    return after


def add_vehicle(
    connection: Connection, values: Mapping[str, Any], quota_ml: int, note: Note
) -> PutSubject:
    """Take a new one in; its quota of this month is minted within a minute.

    DecisionRefused where its name or plate is taken, or a value is out of bounds.
    """
    put = checked(PutSubject, values)
    taken = select(subjects.c.subject).where(
        or_(subjects.c.subject == put.subject, subjects.c.plate == put.plate)
    )
    if (other := connection.scalar(taken)) is not None:
        raise DecisionRefused(f"{put.plate} is in the register already, as {other}")
    _refuse_unknown(connection, put)
    register.put_subject(connection, put, quota_ml, note.now)
    note.record(connection, f"{put.subject}: new, {put.plate}, {put.department}, {quota_ml} ml")
    return put


def _refuse_unknown(connection: Connection, put: PutSubject) -> None:
    known = set(connection.scalars(select(departments.c.name)))
    if put.department not in known:
        raise DecisionRefused(
            f"no department {put.department!r}; there are {', '.join(sorted(known))}"
        )
    sold = set(connection.scalars(select(prices.c.product)))
    if strange := sorted(set(put.products) - sold):
        raise DecisionRefused(
            f"no price for {', '.join(strange)}; there are {', '.join(sorted(sold))}"
        )
