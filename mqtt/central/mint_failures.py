"""What minting could not do: a month that failed as a whole, and holders that got nothing."""

import logging
from collections import defaultdict
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, insert, select

from mqtt.central.grant_tables import mint_failures
from mqtt.central.grants import Unminted
from mqtt.central.periods import utc_text

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 60.0
"""Nothing that fails by itself heals in a second; a person, or a newer Takar, may mend it."""


def failed(engine: Engine, period: str, error: Exception, now: datetime) -> None:
    """Say it once, in the log and for the report; gateways are served all the same."""
    why = " ".join(f"{type(error).__name__}: {getattr(error, 'orig', error)}".split())
    with engine.begin() as connection:
        if all_failed(connection).get(period) == why:
            return
        minted(connection, period)
        values = {"period": period, "since": utc_text(now), "why": why}
        connection.execute(insert(mint_failures).values(values))
    log.error(
        "%s: minting failed, and nothing is minted until it does not: %s",
        period,
        why,
        extra={"event": "minting_failed"},
    )


def minted(connection: Connection, period: str) -> None:
    """It went well: nothing is wrong with the month any more."""
    connection.execute(delete(mint_failures).where(mint_failures.c.period == period))


def all_failed(connection: Connection) -> dict[str, str]:
    """By period: why."""
    columns = mint_failures.c
    query = select(columns.period, columns.why).order_by(columns.period)
    return dict(connection.execute(query).all())


def report_unminted(period: str, unminted: tuple[Unminted, ...]) -> None:
    """One line a department: how many got nothing, and the first of them with the reason."""
    by_department: defaultdict[str, list[Unminted]] = defaultdict(list)
    for one in unminted:
        by_department[one.department].append(one)
    for department, ones in sorted(by_department.items()):
        log.warning(
            "%s: %d of %s got no grant, %d ml in all; the first: %s",
            *(period, len(ones), department, sum(one.quota_ml for one in ones), ones[0].why),
            extra={"event": "grants_not_minted"},
        )
