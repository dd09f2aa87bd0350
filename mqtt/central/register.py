"""Central's registers: departments, subjects, cards, prices, policy, gateways.

Each change goes to its table and to every gateway's directives in the caller's transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, insert, select, update

from gateway.core.allocation import Directive, PutCard, PutMeter, PutPolicy, PutPrice, PutSubject
from gateway.core.chain import GENESIS
from gateway.core.fields import MOST_GRANT_ML
from mqtt.central import directives
from mqtt.central.city.generate import City
from mqtt.central.grant_tables import settings
from mqtt.central.tables import (
    budgets,
    cards,
    departments,
    gateways,
    identity,
    meters,
    policy,
    prices,
    subjects,
)


class QuotaRefused(Exception):
    """A quota that no grant could carry; nothing was entered. The text says what is allowed."""


def put_department(
    connection: Connection, name: str, title: str, year: int, budget_idr: int, emergency_ml: int = 0
) -> None:
    """Add a department, or change it or a year's budget. No directive: budgets stay here.

    `emergency_ml` is shared each month, from the next one minted, by its emergency vehicles.
    QuotaRefused if it is out of bounds.
    """
    _refuse_out_of_bounds(emergency_ml, f"the emergency quota of {name}")
    values = {"title": title, "emergency_ml": emergency_ml}
    _upsert(connection, departments, {"name": name}, values)
    _upsert(connection, budgets, {"department": name, "year": year}, {"budget_idr": budget_idr})


def put_subject(connection: Connection, put: PutSubject, quota_ml: int, now: datetime) -> None:
    """Add or change a subject and its monthly quota, which counts from the next month minted.

    QuotaRefused if that is out of bounds.
    """
    _refuse_out_of_bounds(quota_ml, f"the quota of {put.subject}")
    values = msgspec.structs.asdict(put) | {"quota_ml": quota_ml}
    if not _update(connection, subjects, {"subject": put.subject}, values):
        connection.execute(insert(subjects).values(**values, overrun_ml=0))
    directives.append(connection, [put], now)


def put_card(connection: Connection, put: PutCard, now: datetime) -> None:
    """Add a card, or change its status, e.g. to `lost`."""
    _upsert(connection, cards, {"uid": put.uid}, msgspec.structs.asdict(put))
    directives.append(connection, [put], now)


def put_price(connection: Connection, put: PutPrice, now: datetime) -> None:
    """Add a price. Its version must be new for the product; the highest one holds."""
    connection.execute(insert(prices).values(**msgspec.structs.asdict(put)))
    directives.append(connection, [put], now)


def put_policy(connection: Connection, put: PutPolicy, now: datetime) -> None:
    connection.execute(insert(policy).values(body=msgspec.to_builtins(put)))
    directives.append(connection, [put], now)


def put_override(connection: Connection, override_ml: int) -> None:
    """What each station's supervisors may give in a month, from the next one minted; 0: none.

    QuotaRefused if it is out of bounds.
    """
    _refuse_out_of_bounds(override_ml, "the quota of stations' supervisors")
    connection.execute(insert(settings).values(override_ml=override_ml))


def repeat_policy(connection: Connection, gateway: str, now: datetime) -> None:
    """Say the policy that holds once more to one gateway: a sealed word, with its time."""
    directives.append(connection, _policy_that_holds(connection), now, only=gateway)


def put_city(connection: Connection, city: City, now: datetime) -> None:
    """Fill an empty register with a whole city. QuotaRefused as for each by itself."""
    for entitled in city.subjects:
        _refuse_out_of_bounds(entitled.quota_ml, f"the quota of {entitled.put.subject}")
    for department in city.departments:
        put_department(
            connection,
            department.name,
            department.title,
            city.year,
            department.budget_idr,
            department.emergency_ml,
        )
    rows = [
        msgspec.structs.asdict(entitled.put) | {"quota_ml": entitled.quota_ml, "overrun_ml": 0}
        for entitled in city.subjects
    ]
    connection.execute(insert(subjects), rows)
    connection.execute(insert(cards), [msgspec.structs.asdict(card) for card in city.cards])
    for price in city.prices:
        put_price(connection, price, now)
    put_policy(connection, city.policy, now)
    put_override(connection, city.override_ml)


def enrol_gateway(
    connection: Connection, name: str, incarnation: str, now: datetime, *, epoch: int = 0
) -> None:
    """Register a gateway with an empty ledger, and begin its directives with all that holds.

    `epoch`: in which its ledger has begun, 0 if it has not. One of a former epoch was enrolled
    by a central that was then restored from an older backup: it is waited for like any other.
    """
    own = connection.execute(select(identity.c.epoch)).scalar_one()
    connection.execute(
        insert(gateways).values(
            name=name,
            incarnation=incarnation,
            through=0,
            head=GENESIS,
            directives_through=0,
            directives_head=GENESIS,
            state="offline",
            boot=0,
            last_seen=None,
            rejected=0,
            fork=None,
            epoch=min(epoch or own, own),
            released_epoch=0,
            revoked=None,
        )
    )
    directives.append(connection, all_that_holds(connection), now, only=name)


def all_that_holds(connection: Connection) -> list[Directive]:
    """Policy, prices, subjects, cards and the last readings of meters, as directives."""
    found = _policy_that_holds(connection)
    for table, order, directive in (
        (prices, (prices.c.version, prices.c.product), PutPrice),
        (subjects, (subjects.c.subject,), PutSubject),
        (cards, (cards.c.uid,), PutCard),
        (meters, (meters.c.subject,), PutMeter),
    ):
        names = directive.__struct_fields__
        rows = connection.execute(select(*(table.c[name] for name in names)).order_by(*order))
        found += [msgspec.convert(dict(zip(names, row, strict=True)), directive) for row in rows]
    return found


def _policy_that_holds(connection: Connection) -> list[Directive]:
    """The newest, or none."""
    newest = connection.scalar(select(policy.c.body).order_by(policy.c.id.desc()).limit(1))
    return [msgspec.convert(newest, PutPolicy)] if newest else []


def _refuse_out_of_bounds(quota_ml: int, what: str) -> None:
    """A quota may come to one gateway as a single grant, so it has a grant's bounds."""
    if not 0 <= quota_ml <= MOST_GRANT_ML:
        raise QuotaRefused(
            f"{what} is {quota_ml} ml a month: expected 0 to {MOST_GRANT_ML} ml "
            f"({MOST_GRANT_ML // 1000} L), as no grant holds more. Was it given in another unit?"
        )


def _upsert(
    connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    if not _update(connection, table, key, values):
        connection.execute(insert(table).values(**{**key, **values}))


def _update(
    connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> bool:
    statement = update(table).values(**values)
    for column, value in key.items():
        statement = statement.where(table.c[column] == value)
    return connection.execute(statement).rowcount > 0
