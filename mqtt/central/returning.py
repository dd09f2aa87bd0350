"""A person returns litres of a grant that was closed at more than was sold on it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, update

from mqtt.central.closing import booked
from mqtt.central.decisions import DecisionRefused, decided
from mqtt.central.holders import Holder
from mqtt.central.learning import uncover
from mqtt.central.requests import serve
from mqtt.central.tables import grants


def return_litres(
    connection: Connection,
    gateway: str,
    grant_no: int,
    spent_ml: int,
    *,
    by: str,
    reason: str,
    zone: ZoneInfo,
    now: datetime,
) -> int:
    """Charge a closed grant only `spent_ml` from now on; returns the millilitres that came back.

    They are in the reserve, or with who waited for them. Where a restored central raised the
    quota to what it found charged, that is undone first, and so much less comes back.
    DecisionRefused if the grant is not
    closed, if `spent_ml` is less than its sales, or no less than it is charged.
    """
    if not by.strip() or not reason.strip():
        raise DecisionRefused("a decision needs who takes it, and why")
    grant = booked(connection, gateway, [grant_no]).get(grant_no)
    if grant is None:
        raise DecisionRefused(f"gateway {gateway} never had a grant {grant_no}")
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
    chosen = update(grants).where(grants.c.gateway == gateway, grants.c.grant_no == grant_no)
    connection.execute(chosen.values(closed_ml=spent_ml))
    holder = Holder(grant.period, grant.kind, grant.subject)
    returned_ml = grant.closed_ml - spent_ml
    twice_ml = uncover(connection, holder, returned_ml)
    what = f"grant {grant_no} of {gateway} charged {spent_ml} ml instead of {grant.closed_ml} ml"
    if twice_ml:
        what += f"; the quota, raised after a restore, is {twice_ml} ml less again"
    decided(connection, what, by=by, reason=reason, now=now)
    serve(connection, holder, zone, now)
    return returned_ml - twice_ml
