"""What departments' budgets of a year have left to be granted."""

from sqlalchemy import Connection, func, select

from mqtt.central.grant_tables import quotas
from mqtt.central.tables import budgets


def left_idr(connection: Connection, year: int) -> dict[str, int]:
    """By department: beyond all quotas fixed in the year, the emergency ones included, and
    beyond what its vehicles took from stations' override grants. Negative where those overran.
    """
    committed = dict(
        connection.execute(
            select(quotas.c.department, func.sum(quotas.c.committed_idr))
            .where(quotas.c.period.like(f"{year:04}-%"))
            .group_by(quotas.c.department)
        ).all()
    )
    columns = budgets.c
    rows = connection.execute(
        select(columns.department, columns.budget_idr - columns.override_idr).where(
            columns.year == year
        )
    )
    return {name: idr - int(committed.get(name, 0)) for name, idr in rows}
