"""What the books say of one holder's month: its quota, what is charged to it, what is open."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, select

from gateway.core.facts import GrantKind
from mqtt.central.grant_tables import quotas
from mqtt.central.many import ask, ask_one
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


def of_holder(holder: Holder) -> dict[str, str]:
    """What statements that are about a holder's month are told."""
    return {"of_period": holder.period, "of_kind": holder.kind, "of_subject": holder.subject}


def whose(columns: Any) -> tuple[ColumnElement[bool], ...]:
    """Rows of a table that are a holder's, which `of_holder` names."""
    return (
        columns.period == bindparam("of_period"),
        columns.kind == bindparam("of_kind"),
        columns.subject == bindparam("of_subject"),
    )


_QUOTA = select(quotas.c.department, quotas.c.quota_ml).where(*whose(quotas.c))
_GRANTS = (
    select(
        grants.c.gateway,
        grants.c.grant_no,
        grants.c.volume_ml,
        grants.c.spent_ml,
        grants.c.closed_ml,
        grants.c.recalled,
        gateways.c.state == "online",
        gateways.c.incarnation == grants.c.incarnation,
    )
    .join(gateways, gateways.c.name == grants.c.gateway)
    .where(*whose(grants.c))
    .order_by(grants.c.gateway, grants.c.grant_no)
)


def read_books(connection: Connection, holder: Holder) -> Books | None:
    """None where the holder's quota of the month is not fixed."""
    which = of_holder(holder)
    quota = ask_one(connection, _QUOTA, which)
    if quota is None:
        return None
    department, quota_ml = quota
    rows = ask(connection, _GRANTS, which)
    return Books(
        department,
        quota_ml,
        sum(charged_ml(volume, spent, closed) for _, _, volume, spent, closed, *_ in rows),
        tuple(
            OpenGrant(
                name, number, max(0, volume - spent), online=bool(online), recalled=bool(recalled)
            )
            for name, number, volume, spent, closed, recalled, online, current in rows
            if closed is None and current
        ),
    )
