"""A person returns litres of grants that were closed at more than was sold on them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, update

from mqtt.central import epochs
from mqtt.central.decisions import DecisionRefused, decided
from mqtt.central.found import reaches_known_head, refuse_unread, whole_through
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


class Returned(NamedTuple):
    """What came back, and on what evidence."""

    grants: int
    returned_ml: int
    through: int
    """The ledger's last entry, by the file that was imported."""
    head_known: bool
    """Whoever followed it knew how far it had got, and it got as far."""


def return_unsold(
    connection: Connection,
    gateway: str,
    incarnation: str,
    open_ml: Mapping[int, int],
    *,
    by: str,
    reason: str,
    zone: ZoneInfo,
    now: datetime,
) -> Returned:
    """`return_litres` for every closed grant of an incarnation that has ended: each is charged
    what its sales charged, and what a fill that its card left open had reserved of it (`open_ml`,
    by number, as `takar ledger export` says).

    Here central goes by its own books, so they must be whole: DecisionRefused unless the
    incarnation's ledger was imported to its end and every entry of it could be used, or if
    nothing can come back.
    """
    if held := epochs.withheld_of(connection, gateway, incarnation):
        raise DecisionRefused(
            f"{', '.join(held)} of {gateway}, incarnation {incarnation}, are withheld, as not all "
            "its grants may be known: takar central lift comes first"
        )
    through = whole_through(connection, gateway, incarnation)
    refuse_unread(connection, gateway, incarnation)
    head_known = reaches_known_head(connection, gateway, incarnation, through)
    columns = grants.c
    query = select(columns.grant_no, columns.spent_ml, columns.closed_ml).where(
        columns.gateway == gateway,
        columns.incarnation == incarnation,
        columns.closed_ml.is_not(None),
    )
    closed = {number: rest for number, *rest in connection.execute(query)}
    for number, ml in open_ml.items():
        spent_ml, closed_ml = closed.get(number, (0, 0))
        if spent_ml + ml > closed_ml:
            raise DecisionRefused(
                f"{ml} ml left open on grant {number}: expected a closed grant of that incarnation "
                f"with so much left; it is charged {closed_ml} ml and {spent_ml} ml are sold"
            )
    returned: list[int] = []
    for number, (spent_ml, closed_ml) in sorted(closed.items()):
        left_ml = spent_ml + open_ml.get(number, 0)
        if left_ml < closed_ml:
            whose: dict[str, Any] = {"incarnation": incarnation, "zone": zone, "now": now}
            one = return_litres(connection, gateway, number, left_ml, by=by, reason=reason, **whose)
            returned.append(one)
    if not returned:
        raise DecisionRefused(f"no grant of incarnation {incarnation} is charged more than it sold")
    return Returned(len(returned), sum(returned), through, head_known)


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
