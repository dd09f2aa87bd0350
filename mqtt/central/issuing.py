"""Issue grants: a number, a row, and a directive for each, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, insert, select

from gateway.core.allocation import Grant
from mqtt.central import directives
from mqtt.central.grants import Share
from mqtt.central.many import ask, insert_many
from mqtt.central.periods import bounds
from mqtt.central.tables import gateways, grants

_INCARNATIONS = select(gateways.c.name, gateways.c.incarnation)
_GRANT = (
    "gateway",
    "grant_no",
    "incarnation",
    "request_id",
    "kind",
    "subject",
    "department",
    "period",
    "volume_ml",
    "spent_ml",
    "recalled",
    "not_before",
    "not_after",
)
_INSERT = insert(grants)
_HIGHEST_NO = select(
    select(func.max(grants.c.grant_no))
    .where(grants.c.gateway == bindparam("of_gateway"))
    .scalar_subquery(),
    gateways.c.grants_through,
).where(gateways.c.name == bindparam("of_gateway"))


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
    incarnations: dict[str, str] = dict(ask(connection, _INCARNATIONS))
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
            (
                share.gateway,
                number,
                incarnations[share.gateway],
                one.origin,
                share.kind,
                share.subject,
                share.department,
                grant.period,
                share.volume_ml,
                0,
                False,
                grant.not_before,
                grant.not_after,
            )
        )
    insert_many(connection, _INSERT, _GRANT, rows)
    for name, minted in bodies.items():
        directives.append(connection, minted, now, only=name)
    return [number for _, number, *_ in rows]


def _highest_no(connection: Connection, gateway: str) -> int:
    (row,) = ask(connection, _HIGHEST_NO, {"of_gateway": gateway})
    return max(number or 0 for number in row)
