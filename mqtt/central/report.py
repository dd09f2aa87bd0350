"""What central's database says about a year: use and efficiency of each department."""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Engine, and_, func, select

from mqtt.central import epochs
from mqtt.central.calibration_report import Recalibration, recalibrations
from mqtt.central.consumption import Unusual, unusual_fills
from mqtt.central.database import READS_ONLY, read_identity
from mqtt.central.decisions import Decision, all_decisions
from mqtt.central.drift_report import Drift, Passed, drifts, passed
from mqtt.central.forgiving import Overrun, overruns
from mqtt.central.gateway_report import GatewayState, begun_blind, gateway_states
from mqtt.central.mint_failures import all_failed
from mqtt.central.override_report import Override, overrides
from mqtt.central.report_tables import anomalies, quarantine, refusals, sales
from mqtt.central.tables import budgets, departments, entries, grants


class DepartmentUse(Struct, frozen=True, kw_only=True):
    department: str
    title: str
    budget_idr: int
    """Of the whole year."""
    budget_to_date_idr: int
    """A twelfth of it for each month granted so far."""
    fills: int
    volume_ml: int
    spent_idr: int
    override_ml: int
    """Part of the volume that stations' supervisors gave, paid by this department all the same."""
    emergency_ml: int
    """Part of the volume drawn on its emergency grants."""
    outstanding_ml: int
    """Granted to gateways for the year's months, and not sold as far as central knows."""

    @property
    def efficiency(self) -> float | None:
        """1 − spent ÷ budget to date; None without a budget, below 0 when overspent."""
        if self.budget_to_date_idr == 0:
            return None
        return 1 - self.spent_idr / self.budget_to_date_idr


class Odd(Struct, frozen=True, kw_only=True):
    """An entry that contradicts what central granted, or a fill after unusual consumption."""

    time: str
    gateway: str
    incarnation: str
    sequence: int
    what: str


class Report(Struct, frozen=True, kw_only=True):
    city: str
    year: int
    months: list[str]
    """Those with grants, YYYY-MM."""
    total: DepartmentUse
    departments: list[DepartmentUse]
    refusals: dict[str, int]
    """By reason code, the most frequent first."""
    anomalies: int
    quarantined: int
    """Entries that central holds and cannot use."""
    mint_failures: dict[str, str]
    """By month: why its minting fails."""
    gateways: list[GatewayState]
    override_count: int
    """Exceptions that supervisors allowed in the year."""
    overrides: list[Override]
    """The newest of them first, at most 20."""
    drifts: list[Drift]
    passed: list[Passed]
    """Both the year's, the newest first, at most 20."""
    recalibrations: list[Recalibration]
    """The year's, by gateway and time."""
    overruns: list[Overrun]
    """What flowed beyond grants and is held against vehicles, the most first."""
    epoch: int
    """New after each restore of this central."""
    awaited: list[str]
    """Gateways that have not reported since the restore: until then nothing is minted."""
    blind: dict[str, list[str]]
    """By gateway: its incarnations that knew nothing of the one before. Two cards may be in use."""
    withheld: list[epochs.Withheld]
    """Months of which nothing more is minted, as too little is known of an incarnation."""


def odd_entries(engine: Engine) -> list[Odd]:
    """All of them, in the order of the ledgers."""
    key = ("gateway", "incarnation", "sequence")
    odd, stored = anomalies.c, entries.c
    query = (
        select(stored.time, *(odd[name] for name in key), odd.what)
        .join_from(anomalies, entries, and_(*(odd[name] == stored[name] for name in key)))
        .order_by(*(odd[name] for name in key))
    )
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        found = [Odd(**row) for row in connection.execute(query).mappings()]
        return found + [_odd_fill(one) for one in unusual_fills(connection)]


def _odd_fill(one: Unusual) -> Odd:
    moved = f"{one.distance} km" if one.unit == "km" else f"{one.distance / 10:g} h"
    usual = "more than its tank holds"
    if one.usual_ml is not None:
        usual = f"usual are {one.usual_ml / 1000:.1f} L"
    gateway, incarnation, sequence = one.entry
    return Odd(
        time=one.started,
        gateway=gateway,
        incarnation=incarnation,
        sequence=sequence,
        what=f"unusual consumption: {one.subject} took {one.volume_ml / 1000:.1f} L for {moved}, "
        + usual,
    )


def decisions(engine: Engine) -> list[Decision]:
    """All of them, oldest first."""
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        return all_decisions(connection)


def make_report(engine: Engine, year: int | None = None, now: datetime | None = None) -> Report:
    """The report of a year; without one, of the newest month with grants. `now`: an aware
    instant, by default this one."""
    own = read_identity(engine)
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        if year is None:
            newest = connection.scalar(select(func.max(grants.c.period)))
            year = int(newest[:4]) if newest else 0
        months = list(
            connection.scalars(
                select(grants.c.period)
                .distinct()
                .where(grants.c.period.like(f"{year:04}-%"))
                .order_by(grants.c.period)
            )
        )
        override_count, newest_overrides = overrides(connection, year)
        used = _departments(connection, year, len(months))
        counted = connection.execute(
            select(refusals.c.code, func.count().label("times"))
            .where(refusals.c.period.like(f"{year:04}-%"))
            .group_by(refusals.c.code)
            .order_by(func.count().desc(), refusals.c.code)
        )
        return Report(
            city=own.city,
            year=year,
            months=months,
            total=_total(used),
            departments=used,
            refusals={code: times for code, times in counted},  # noqa: C416 - rows, not pairs
            anomalies=connection.scalar(select(func.count()).select_from(anomalies)) or 0,
            quarantined=connection.scalar(
                select(func.count()).select_from(quarantine).where(quarantine.c.settled.is_(None))
            )
            or 0,
            mint_failures=all_failed(connection),
            gateways=gateway_states(connection),
            override_count=override_count,
            overrides=newest_overrides,
            drifts=drifts(connection, year),
            passed=passed(connection, year),
            recalibrations=recalibrations(connection, year),
            overruns=overruns(connection, own.zone, now or datetime.now(UTC)),
            epoch=epochs.epoch(connection),
            awaited=epochs.awaited(connection),
            blind=begun_blind(connection),
            withheld=epochs.all_withheld(connection),
        )


def sold_ml(engine: Engine) -> int:
    """Litres of all sales that central holds, in millilitres."""
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        return int(connection.scalar(select(func.sum(sales.c.volume_ml))) or 0)


def _departments(connection: Connection, year: int, months: int) -> list[DepartmentUse]:
    in_year = f"{year:04}-%"
    sold = _by_department(
        connection,
        select(
            sales.c.department,
            func.count(),
            func.sum(sales.c.volume_ml),
            func.sum(sales.c.amount_idr),
            func.sum(sales.c.override_ml),
            func.sum(sales.c.emergency_ml),
        ).where(sales.c.period.like(in_year)),
    )
    granted = _by_department(
        connection,
        select(grants.c.department, func.sum(grants.c.volume_ml - grants.c.spent_ml)).where(
            grants.c.closed_ml.is_(None), grants.c.period.like(in_year)
        ),
    )
    rows = connection.execute(
        select(departments.c.name, departments.c.title, budgets.c.budget_idr)
        .outerjoin(budgets, (budgets.c.department == departments.c.name) & (budgets.c.year == year))
        .order_by(departments.c.title)
    )
    known = {name: (title, budget_idr or 0) for name, title, budget_idr in rows}
    # A gateway's entries may name a department that was never registered here.
    known |= {name: (name, 0) for name in sorted(sold.keys() - known.keys())}
    used = []
    for name, (title, budget_idr) in known.items():
        fills, volume_ml, spent_idr, override_ml, emergency_ml = sold.get(name, (0,) * 5)
        (outstanding_ml,) = granted.get(name, (0,))
        used.append(
            DepartmentUse(
                department=name,
                title=title,
                budget_idr=budget_idr,
                budget_to_date_idr=budget_idr * months // 12,
                fills=fills,
                volume_ml=volume_ml,
                spent_idr=spent_idr,
                override_ml=override_ml,
                emergency_ml=emergency_ml,
                outstanding_ml=outstanding_ml,
            )
        )
    return used


def _by_department(connection: Connection, query: Any) -> dict[str, tuple[int, ...]]:
    rows = connection.execute(query.group_by(query.selected_columns[0]))
    return {name: tuple(int(value) for value in values) for name, *values in rows}


def _total(used: list[DepartmentUse]) -> DepartmentUse:
    return DepartmentUse(
        department="all",
        title="All departments",
        budget_idr=sum(one.budget_idr for one in used),
        budget_to_date_idr=sum(one.budget_to_date_idr for one in used),
        fills=sum(one.fills for one in used),
        volume_ml=sum(one.volume_ml for one in used),
        spent_idr=sum(one.spent_idr for one in used),
        override_ml=sum(one.override_ml for one in used),
        emergency_ml=sum(one.emergency_ml for one in used),
        outstanding_ml=sum(one.outstanding_ml for one in used),
    )
