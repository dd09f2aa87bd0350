"""What departments' budgets of a year have left to be granted."""

from sqlalchemy import Connection, bindparam, func, select

from gateway.core.units import amount_idr
from mqtt.central.grant_tables import quotas
from mqtt.central.many import ask
from mqtt.central.prices import dearest_idr_per_l
from mqtt.central.tables import budgets

_COMMITTED = (
    select(quotas.c.department, func.sum(quotas.c.committed_idr))
    .where(quotas.c.period.like(bindparam("of_months")))
    .group_by(quotas.c.department)
)
_BUDGETS = select(budgets.c.department, budgets.c.budget_idr - budgets.c.override_idr).where(
    budgets.c.year == bindparam("of_year")
)


def left_idr(connection: Connection, year: int) -> dict[str, int]:
    """By department: beyond all quotas fixed in the year, the emergency ones included, and
    beyond what its vehicles took from stations' override grants. Negative where those overran.
    """
    committed = dict(ask(connection, _COMMITTED, {"of_months": f"{year:04}-%"}))
    rows = ask(connection, _BUDGETS, {"of_year": year})
    return {name: idr - int(committed.get(name, 0)) for name, idr in rows}


def committed_idr(connection: Connection, kind: str, subject: str, quota_ml: int) -> int:
    """What a quota counts against its department's budget; an override counts as it is sold."""
    if kind == "override":
        return 0
    return amount_idr(quota_ml, dearest_idr_per_l(connection, subject))
