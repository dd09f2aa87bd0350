"""Mint a month's grants into the database and the gateways' directives."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select, update

from gateway.core.allocation import Grant
from mqtt.central import directives
from mqtt.central.grants import Entitlement, Plan, Unminted, plan
from mqtt.central.periods import bounds
from mqtt.central.tables import budgets, gateways, grants, prices, subjects


@dataclass(frozen=True, slots=True)
class Minted:
    """What one run minted; nothing where the month was minted before."""

    period: str
    grants: int
    volume_ml: int
    unminted: tuple[Unminted, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a run of `mint` depends on. Where none of it changed, nor would the outcome."""

    entitlements: list[Entitlement]
    """Of the subjects without a grant in the period, in the order of their names."""
    incarnations: dict[str, str]
    """By gateway."""
    prices: dict[str, int]
    left_idr: dict[str, int]


def inputs(connection: Connection, period: str) -> Inputs:
    """Read them: four small queries."""
    query = select(gateways.c.name, gateways.c.incarnation).order_by(gateways.c.name)
    return Inputs(
        _entitlements(connection, period),
        dict(connection.execute(query).all()),
        current_prices(connection),
        _budget_left(connection, int(period[:4])),
    )


def mint(connection: Connection, period: str, zone: ZoneInfo, now: datetime) -> Minted:
    """Mint a month (YYYY-MM) for every subject that holds nothing of it yet.

    Runs in the caller's transaction. The one rule, whenever and however often this runs: a
    subject's month is split once, among the gateways enrolled at that moment, and stays so.
    What changes afterwards, be it a gateway that joins, the quota or the price, counts for
    that subject from the next month on. One that got nothing may get it in a later run.
    """
    found = inputs(connection, period)
    incarnations = found.incarnations
    if not incarnations:
        return Minted(period, 0, 0, ())
    planned = plan(found.entitlements, list(incarnations), found.prices, found.left_idr)
    _deduct_overruns(connection, planned)
    not_before, not_after = bounds(period, zone)
    next_no = {name: 1 + _highest_no(connection, name) for name in incarnations}
    bodies: defaultdict[str, list[Grant]] = defaultdict(list)
    rows = []
    for share in planned.shares:
        grant = Grant(
            grant_no=next_no[share.gateway] + len(bodies[share.gateway]),
            subject=share.subject,
            department=share.department,
            period=period,
            volume_ml=share.volume_ml,
            not_before=not_before,
            not_after=not_after,
        )
        bodies[share.gateway].append(grant)
        rows.append(
            {
                "gateway": share.gateway,
                "grant_no": grant.grant_no,
                "incarnation": incarnations[share.gateway],
                "request_id": f"{period}/{share.subject}",
                "subject": share.subject,
                "department": share.department,
                "period": period,
                "volume_ml": share.volume_ml,
                "spent_ml": 0,
                "committed_idr": share.committed_idr,
                "not_before": not_before,
                "not_after": not_after,
            }
        )
    if rows:
        connection.execute(insert(grants), rows)
    for name, minted in bodies.items():
        directives.append(connection, minted, now, only=name)
    volume_ml = sum(share.volume_ml for share in planned.shares)
    return Minted(period, len(rows), volume_ml, planned.unminted)


def current_prices(connection: Connection) -> dict[str, int]:
    """Rupiah per litre of each product, in its newest version."""
    query = select(prices.c.product, prices.c.price_idr_per_l).order_by(prices.c.version)
    return dict(connection.execute(query).all())


def _entitlements(connection: Connection, period: str) -> list[Entitlement]:
    granted = select(grants.c.subject).where(grants.c.period == period)
    rows = connection.execute(
        select(
            subjects.c.subject,
            subjects.c.department,
            subjects.c.products,
            subjects.c.quota_ml,
            subjects.c.overrun_ml,
        )
        .where(subjects.c.subject.not_in(granted), subjects.c.quota_ml > 0)
        .order_by(subjects.c.subject)
    )
    return [
        Entitlement(subject, department, tuple(products), quota_ml, overrun_ml)
        for subject, department, products, quota_ml, overrun_ml in rows
    ]


def _budget_left(connection: Connection, year: int) -> dict[str, int]:
    """What the year's budget of each department has left beyond all grants minted in it."""
    committed = dict(
        connection.execute(
            select(grants.c.department, func.sum(grants.c.committed_idr))
            .where(grants.c.period.like(f"{year:04}-%"))
            .group_by(grants.c.department)
        ).all()
    )
    rows = connection.execute(
        select(budgets.c.department, budgets.c.budget_idr).where(budgets.c.year == year)
    )
    return {name: budget_idr - int(committed.get(name, 0)) for name, budget_idr in rows}


def _highest_no(connection: Connection, gateway: str) -> int:
    query = select(func.max(grants.c.grant_no)).where(grants.c.gateway == gateway)
    return connection.scalar(query) or 0


def _deduct_overruns(connection: Connection, planned: Plan) -> None:
    for subject, deducted_ml in planned.deducted_ml.items():
        connection.execute(
            update(subjects)
            .where(subjects.c.subject == subject)
            .values(overrun_ml=subjects.c.overrun_ml - deducted_ml)
        )
