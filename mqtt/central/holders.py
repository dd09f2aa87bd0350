"""What the books say of one holder's month: its quota, what is charged to it, what is open."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, select

from gateway.core.facts import GrantKind
from mqtt.central.grant_tables import quotas
from mqtt.central.tables import gateways, grants
from mqtt.central.topups import OpenGrant


class Holder(NamedTuple):
    """Whose litres, and in which month."""

    period: str
    kind: GrantKind
    subject: str


@dataclass(frozen=True, slots=True)
class Books:
    department: str
    quota_ml: int
    charged_ml: int
    """Closed grants at what they were closed at, open ones whole, and none at less than was
    sold on it. S: never above the quota."""
    open: tuple[OpenGrant, ...]
    """Those that their gateway can still close: of its present incarnation."""

    @property
    def reserve_ml(self) -> int:
        return max(0, self.quota_ml - self.charged_ml)


def charged_ml(volume_ml: int, spent_ml: int, closed_ml: int | None) -> int:
    """What a grant counts for: its whole volume until its close says less."""
    return max(volume_ml if closed_ml is None else closed_ml, spent_ml)


def read_books(connection: Connection, holder: Holder) -> Books | None:
    """None where the holder's quota of the month is not fixed."""
    quota = connection.execute(
        select(quotas.c.department, quotas.c.quota_ml).where(
            quotas.c.period == holder.period,
            quotas.c.kind == holder.kind,
            quotas.c.subject == holder.subject,
        )
    ).first()
    if quota is None:
        return None
    columns = grants.c
    rows = connection.execute(
        select(
            columns.gateway,
            columns.grant_no,
            columns.volume_ml,
            columns.spent_ml,
            columns.closed_ml,
            columns.recalled,
            gateways.c.state == "online",
            gateways.c.incarnation == columns.incarnation,
        )
        .join(gateways, gateways.c.name == columns.gateway)
        .where(
            columns.period == holder.period,
            columns.kind == holder.kind,
            columns.subject == holder.subject,
        )
        .order_by(columns.gateway, columns.grant_no)
    ).all()
    return Books(
        quota.department,
        quota.quota_ml,
        sum(charged_ml(volume, spent, closed) for _, _, volume, spent, closed, *_ in rows),
        tuple(
            OpenGrant(name, number, max(0, volume - spent), online=online, recalled=recalled)
            for name, number, volume, spent, closed, recalled, online, current in rows
            if closed is None and current
        ),
    )
