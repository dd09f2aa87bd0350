"""What sales of the months before say about the coming one: who fills where, who has a link."""

from sqlalchemy import Connection, Float, case, cast, func, select

from mqtt.central.grants import Habits
from mqtt.central.periods import months_before
from mqtt.central.report_tables import sales
from mqtt.central.split import UNKNOWN_ONLINE_PERMILLE

MONTHS = 3
"""The month under way is the newest of them when the next one is minted early."""
KNOWN_SALES = 20
"""So many unknown ones count as half online, so that a few sales do not decide."""


def read_habits(connection: Connection, period: str) -> Habits:
    """Of the months before a period, from what gateways have delivered so far."""
    recent = sales.c.period.in_(months_before(period, MONTHS))
    taken = connection.execute(
        # Weights only: a sum of floats loses a millilitre, and never overflows.
        select(sales.c.subject, sales.c.gateway, func.sum(cast(sales.c.volume_ml, Float)))
        .where(recent)
        .group_by(sales.c.subject, sales.c.gateway)
    )
    linked = connection.execute(
        select(sales.c.gateway, func.count(), func.sum(case((sales.c.offline, 0), else_=1)))
        .where(recent)
        .group_by(sales.c.gateway)
    )
    return Habits(
        {(subject, gateway): int(volume_ml) for subject, gateway, volume_ml in taken},
        {
            gateway: (1000 * int(online) + KNOWN_SALES * UNKNOWN_ONLINE_PERMILLE)
            // (count + KNOWN_SALES)
            for gateway, count, online in linked
        },
    )
