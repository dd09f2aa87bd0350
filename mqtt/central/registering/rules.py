"""Prices, budgets and the city's rules."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from gateway.core.allocation import PutPolicy, PutPrice
from gateway.core.fields import AmountIdr, Name, Text
from mqtt.central import register
from mqtt.central.decisions import DecisionRefused
from mqtt.central.registering.noted import Note, changed, checked
from mqtt.central.tables import budgets, departments, policy, prices


def change_price(
    connection: Connection,
    product: str,
    price_idr_per_l: int,
    note: Note,
    *,
    subsidised: bool | None = None,
) -> PutPrice:
    """A product's next price; a fill that has begun keeps the one it began with.

    `subsidised` must be said of a new product, and stays as it is else. DecisionRefused where
    the price is that already or out of bounds.
    """
    columns = prices.c
    newest = connection.execute(
        select(columns.version, columns.price_idr_per_l, columns.subsidised)
        .where(columns.product == product)
        .order_by(columns.version.desc())
        .limit(1)
    ).first()
    if newest is None and subsidised is None:
        known = sorted(set(connection.scalars(select(columns.product))))
        raise DecisionRefused(
            f"no product {product!r}; there are {', '.join(known)}. Of a new one, say whether it "
            "is subsidised"
        )
    version, before_idr, was_subsidised = newest or (0, 0, subsidised)
    after = was_subsidised if subsidised is None else subsidised
    if newest is not None and (before_idr, was_subsidised) == (price_idr_per_l, after):
        raise DecisionRefused(f"nothing was changed: {product} costs Rp {before_idr} already")
    put = checked(
        PutPrice,
        {
            "product": product,
            "price_idr_per_l": price_idr_per_l,
            "version": version + 1,
            "subsidised": after,
        },
    )
    register.put_price(connection, put, note.now)
    words = "subsidised" if after else "not subsidised"
    note.record(
        connection, f"price of {product}: Rp {before_idr} -> Rp {price_idr_per_l} a litre, {words}"
    )
    return put


def rules_that_hold(connection: Connection) -> PutPolicy:
    """The city's, in their newest version."""
    body = connection.scalar(select(policy.c.body).order_by(policy.c.id.desc()).limit(1))
    if body is None:
        raise DecisionRefused("this central has no rules yet: was its city made by `takar init`?")
    return msgspec.convert(body, PutPolicy)


def change_rules(connection: Connection, changes: Mapping[str, Any], note: Note) -> PutPolicy:
    """Change fields of the city's rules. DecisionRefused as for a vehicle, and where the filling
    hours would end before they begin."""
    after, words = changed(rules_that_hold(connection), changes)
    if after.open_hour >= after.close_hour:
        raise DecisionRefused(
            f"filling hours from {after.open_hour} to {after.close_hour}: expected an end after "
            "their beginning, 0 to 24 for the whole day"
        )
    register.put_policy(connection, after, note.now)
    note.record(connection, f"rules: {words}")
    return after


def change_department(
    connection: Connection,
    name: str,
    note: Note,
    *,
    year: int,
    title: str | None = None,
    budget_idr: int | None = None,
    emergency_ml: int | None = None,
) -> None:
    """Change a department, or add one: then title and budget must be said.

    DecisionRefused where nothing changes, a value is out of bounds or a new one lacks something.
    """
    row = connection.execute(select(departments).where(departments.c.name == name)).first()
    held_idr = connection.scalar(
        select(budgets.c.budget_idr).where(budgets.c.department == name, budgets.c.year == year)
    )
    before = _Department("", held_idr, 0)
    if row is not None:
        before = _Department(row.title, held_idr, row.emergency_ml)
    after = _Department(
        before.title if title is None else title,
        before.budget_idr if budget_idr is None else budget_idr,
        before.emergency_ml if emergency_ml is None else emergency_ml,
    )
    if after == before:
        raise DecisionRefused("nothing was changed: all that is said holds already")
    if after.budget_idr is None or not after.title:
        raise DecisionRefused(
            f"expected a title, and a budget for {year}: {name} has not both yet, say them too"
        )
    for value, kind in ((name, Name), (after.budget_idr, AmountIdr), (after.title, Text)):
        try:
            msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise DecisionRefused(f"{value!r}: {error}. Nothing was changed") from error
    register.put_department(
        connection, name, after.title, year, after.budget_idr, after.emergency_ml
    )
    pairs = zip(before._fields, before, after, strict=True)
    words = ", ".join(f"{field} {old} -> {new}" for field, old, new in pairs if old != new)
    note.record(connection, f"department {name} in {year}: {words}")


class _Department(NamedTuple):
    title: str
    """Empty of one that is not there."""
    budget_idr: int | None
    """None while the year has none."""
    emergency_ml: int
