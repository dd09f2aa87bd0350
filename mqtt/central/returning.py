"""A person returns litres of a grant that was closed at more than was sold on it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from mqtt.central.decisions import DecisionRefused, decided
from mqtt.central.holders import Holder
from mqtt.central.learning import uncover
from mqtt.central.requests import serve
from mqtt.central.tables import grants

_GRANTS = select(
    grants.c.incarnation,
    grants.c.period,
    grants.c.kind,
    grants.c.subject,
    grants.c.spent_ml,
    grants.c.closed_ml,
)


def return_litres(
    connection: Connection,
    gateway: str,
    grant_no: int,
    spent_ml: int,
    *,
    by: str,
    reason: str,
    incarnation: str | None = None,
    zone: ZoneInfo,
    now: datetime,
) -> int:
    """Charge a closed grant only `spent_ml` from now on; returns the millilitres that came back.

    They are in the reserve, or with who waited for them. Where a restored central raised the
    quota to what it found charged, that is undone first, and so much less comes back.
    `incarnation` is needed where two of the gateway's had a grant of this number. DecisionRefused
    if it is missing then, if the grant is not closed, if `spent_ml` is less than its sales, or no
    less than it is charged.
    """
    if not by.strip() or not reason.strip():
        raise DecisionRefused("a decision needs who takes it, and why")
    grant = _grant(connection, gateway, grant_no, incarnation)
    if grant.closed_ml is None:
        raise DecisionRefused(
            f"grant {grant_no} of {gateway} is open: its litres come back with its close, or once "
            "the gateway is restored or given up"
        )
    if not grant.spent_ml <= spent_ml < grant.closed_ml:
        raise DecisionRefused(
            f"{spent_ml} ml spent of grant {grant_no}: expected at least the {grant.spent_ml} ml "
            f"of its sales and less than the {grant.closed_ml} ml that it is charged"
            if grant.spent_ml < grant.closed_ml
            else f"grant {grant_no} of {gateway} is charged no more than its sales, "
            f"{grant.closed_ml} ml: nothing can come back"
        )
    chosen = (
        grants.c.gateway == gateway,
        grants.c.incarnation == grant.incarnation,
        grants.c.grant_no == grant_no,
    )
    connection.execute(update(grants).where(*chosen).values(closed_ml=spent_ml))
    holder = Holder(grant.period, grant.kind, grant.subject)
    returned_ml: int = grant.closed_ml - spent_ml
    twice_ml = uncover(connection, holder, returned_ml)
    what = f"grant {grant_no} of {gateway} charged {spent_ml} ml instead of {grant.closed_ml} ml"
    if twice_ml:
        what += f"; the quota, raised after a restore, is {twice_ml} ml less again"
    decided(connection, what, by=by, reason=reason, now=now)
    serve(connection, holder, zone, now)
    return returned_ml - twice_ml


def _grant(connection: Connection, gateway: str, grant_no: int, incarnation: str | None) -> Any:
    """The one that is meant."""
    query = _GRANTS.where(grants.c.gateway == gateway, grants.c.grant_no == grant_no)
    rows = connection.execute(query.order_by(grants.c.incarnation)).all()
    found = [row for row in rows if incarnation in (None, row.incarnation)]
    if not found:
        of = f" of incarnation {incarnation}" if incarnation else ""
        raise DecisionRefused(f"gateway {gateway} never had a grant {grant_no}{of}")
    if len(found) > 1:
        raise DecisionRefused(
            f"{gateway} had a grant {grant_no} in several incarnations: name one with "
            f"--incarnation, of {', '.join(row.incarnation for row in found)}"
        )
    return found[0]
