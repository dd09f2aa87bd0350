"""Issue grants: a number, a row, and a directive for each, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select

from gateway.core.allocation import Grant
from mqtt.central import directives
from mqtt.central.grants import Share
from mqtt.central.periods import bounds
from mqtt.central.tables import gateways, grants


@dataclass(frozen=True, slots=True)
class Issue:
    """A grant to be issued."""

    share: Share
    period: str
    request_id: str = ""
    """Of the gateway's request that it answers; empty where nobody asked."""
    rest_of: int | None = None
    """Number of the recalled grant of which it is what was left."""

    @property
    def origin(self) -> str:
        """What it is issued for, and only once at its gateway."""
        month = f"{self.period}/{self.share.kind}/{self.share.subject}"
        rest = f"{month}/rest of {self.rest_of}" if self.rest_of else month
        return self.request_id or rest


def issue(
    connection: Connection, issues: Iterable[Issue], zone: ZoneInfo, now: datetime
) -> list[int]:
    """Issue them and return their numbers: above all that their gateways ever had.

    Whether the quotas allow them is for the caller to see to.
    """
    incarnations = dict(connection.execute(select(gateways.c.name, gateways.c.incarnation)).all())
    next_no: dict[str, int] = {}
    bodies: defaultdict[str, list[Grant]] = defaultdict(list)
    rows = []
    for one in issues:
        share = one.share
        number = next_no.get(share.gateway) or 1 + _highest_no(connection, share.gateway)
        next_no[share.gateway] = number + 1
        not_before, not_after = bounds(one.period, zone)
        grant = Grant(
            grant_no=number,
            kind=share.kind,
            subject=share.subject,
            department=share.department,
            period=one.period,
            volume_ml=share.volume_ml,
            not_before=not_before,
            not_after=not_after,
            request_id=one.request_id,
        )
        bodies[share.gateway].append(grant)
        rows.append(
            {
                "gateway": share.gateway,
                "grant_no": number,
                "incarnation": incarnations[share.gateway],
                "request_id": one.origin,
                "kind": share.kind,
                "subject": share.subject,
                "department": share.department,
                "period": grant.period,
                "volume_ml": share.volume_ml,
                "spent_ml": 0,
                "recalled": False,
                "not_before": grant.not_before,
                "not_after": grant.not_after,
            }
        )
    if rows:
        connection.execute(insert(grants), rows)
    for name, minted in bodies.items():
        directives.append(connection, minted, now, only=name)
    return [row["grant_no"] for row in rows]


def _highest_no(connection: Connection, gateway: str) -> int:
    query = select(func.max(grants.c.grant_no)).where(grants.c.gateway == gateway)
    used = select(gateways.c.grants_through).where(gateways.c.name == gateway)
    return max(connection.scalar(query) or 0, connection.scalar(used) or 0)
