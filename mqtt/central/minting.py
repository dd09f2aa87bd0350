"""Mint a month's grants into the database and the gateways' directives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, insert, select, update

from mqtt.central import epochs
from mqtt.central.budgets import left_idr
from mqtt.central.grant_tables import quotas, settings
from mqtt.central.grants import Entitlement, Plan, Quota, Share, Unminted, override, plan
from mqtt.central.habits import read_habits
from mqtt.central.issuing import Issue, issue
from mqtt.central.many import ask
from mqtt.central.prices import current_prices
from mqtt.central.requests import serve_all
from mqtt.central.tables import departments, gateways, subjects

_REPORTING = (
    select(gateways.c.name, gateways.c.incarnation)
    .where(*epochs.REPORTING)
    .order_by(gateways.c.name)
)
_FIXED = select(quotas.c.subject).where(
    quotas.c.period == bindparam("of_period"), quotas.c.kind == bindparam("of_kind")
)
"""Holders whose quota of the period is split."""
_VEHICLES = (
    select(
        subjects.c.subject,
        subjects.c.department,
        subjects.c.products,
        subjects.c.quota_ml,
        subjects.c.overrun_ml,
        subjects.c.tank_ml // 2,
    )
    .where(subjects.c.subject.not_in(_FIXED), subjects.c.quota_ml > 0)
    .order_by(subjects.c.subject)
)
_EMERGENCIES = (
    select(departments.c.name, departments.c.emergency_ml, subjects.c.products)
    .join(subjects, subjects.c.department == departments.c.name)
    .where(
        departments.c.name.not_in(_FIXED),
        departments.c.emergency_ml > 0,
        subjects.c.emergency,
    )
    .order_by(departments.c.name)
)
_OVERRIDE = select(settings.c.override_ml).order_by(settings.c.id.desc()).limit(1)


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
    """Of those whose quota of the period is not split, in the order of their names."""
    overrides_ml: dict[str, int]
    """By gateway that has no override grant of the period."""
    incarnations: dict[str, str]
    """By gateway."""
    prices: dict[str, int]
    left_idr: dict[str, int]


def inputs(connection: Connection, period: str) -> Inputs:
    """Read them: a few small queries."""
    incarnations: dict[str, str] = dict(ask(connection, _REPORTING))
    return Inputs(
        _vehicles(connection, period) + _emergencies(connection, period),
        _overrides(connection, period, incarnations),
        incarnations,
        current_prices(connection),
        left_idr(connection, int(period[:4])),
    )


def mint(connection: Connection, period: str, zone: ZoneInfo, now: datetime) -> Minted:
    """Mint a month (YYYY-MM) for every holder whose quota of it is not split yet.

    Runs in the caller's transaction. The one rule, whenever and however often this runs: a
    holder's month is split once, among the gateways enrolled at that moment, and stays so.
    What changes afterwards, be it the quota or the price, counts for that holder from the next
    month on; a gateway that joins may ask for litres from the reserve. One that got nothing
    may get it in a later run.
    """
    if epochs.mints_nothing(connection, period):
        return Minted(period, 0, 0, ())
    found = inputs(connection, period)
    names = list(found.incarnations)
    if not names:
        return Minted(period, 0, 0, ())
    habits = read_habits(connection, period)
    planned = plan(found.entitlements, names, found.prices, found.left_idr, habits)
    _deduct_overruns(connection, planned)
    overrides = [override(name, ml) for name, ml in found.overrides_ml.items()]
    fixed = [*planned.quotas, *(quota for quota, _ in overrides)]
    _fix(connection, period, fixed, planned.deducted_ml)
    shares: list[Share] = [*planned.shares, *(share for _, share in overrides)]
    issue(connection, [Issue(share, period) for share in shares], zone, now)
    serve_all(connection, period, zone, now)
    volume_ml = sum(share.volume_ml for share in shares)
    return Minted(period, len(shares), volume_ml, planned.unminted)


def _vehicles(connection: Connection, period: str) -> list[Entitlement]:
    rows = connection.execute(_VEHICLES, {"of_period": period, "of_kind": "vehicle"})
    return [
        Entitlement(subject, department, tuple(products), quota_ml, overrun_ml, "vehicle", fill_ml)
        for subject, department, products, quota_ml, overrun_ml, fill_ml in rows
    ]


def _emergencies(connection: Connection, period: str) -> list[Entitlement]:
    """Of departments with a quota for it, and vehicles that may draw on it."""
    rows = connection.execute(_EMERGENCIES, {"of_period": period, "of_kind": "emergency"})
    emergency_ml: dict[str, int] = {}
    products: dict[str, set[str]] = {}
    for name, volume_ml, allowed in rows:
        emergency_ml[name] = volume_ml
        products.setdefault(name, set()).update(allowed)
    return [
        Entitlement(name, name, tuple(sorted(products[name])), volume_ml, 0, "emergency")
        for name, volume_ml in emergency_ml.items()
    ]


def _overrides(connection: Connection, period: str, names: Iterable[str]) -> dict[str, int]:
    override_ml = connection.scalar(_OVERRIDE) or 0
    if not override_ml:
        return {}
    held = set(connection.scalars(_FIXED, {"of_period": period, "of_kind": "override"}))
    return {name: override_ml for name in names if name not in held}


def _fix(
    connection: Connection, period: str, fixed: list[Quota], deducted_ml: Mapping[str, int]
) -> None:
    if fixed:
        connection.execute(
            insert(quotas),
            [
                {
                    "period": period,
                    "kind": one.kind,
                    "subject": one.subject,
                    "department": one.department,
                    "quota_ml": one.quota_ml,
                    "committed_idr": one.committed_idr,
                    "deducted_ml": deducted_ml.get(one.subject, 0) if one.kind == "vehicle" else 0,
                }
                for one in fixed
            ],
        )


def _deduct_overruns(connection: Connection, planned: Plan) -> None:
    for subject, deducted_ml in planned.deducted_ml.items():
        connection.execute(
            update(subjects)
            .where(subjects.c.subject == subject)
            .values(overrun_ml=subjects.c.overrun_ml - deducted_ml)
        )
