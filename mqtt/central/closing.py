"""Grants as gateways speak of them: taken up, reported, closed; each compared with the books.

A close gives litres back only where it agrees with all that central knows. Where it does not,
the grant is charged its full volume, and only a person's decision returns anything
(`decisions.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update

from gateway.core.facts import GrantActivated, GrantClosed, GrantReported, GrantsSkipped
from mqtt.central.holders import Holder, charged_ml
from mqtt.central.many import NEAR, ask, tell
from mqtt.central.requests import return_rest, serve
from mqtt.central.tables import grants
from mqtt.central.teller import Teller


class Booked(NamedTuple):
    """A grant as central minted it."""

    grant_no: int
    request_id: str
    period: str
    kind: Any
    subject: str
    volume_ml: int
    spent_ml: int
    closed_ml: int | None


_OF_INCARNATION = select(*(grants.c[name] for name in Booked._fields)).where(
    grants.c.gateway == bindparam("of_gateway"),
    grants.c.incarnation == bindparam("of_incarnation"),
)
_BOOKED = _OF_INCARNATION.where(grants.c.grant_no.in_(bindparam("numbers", expanding=True)))
_BETWEEN = _OF_INCARNATION.where(
    grants.c.grant_no >= bindparam("lowest"), grants.c.grant_no <= bindparam("highest")
)
_THIS = update(grants).where(
    grants.c.gateway == bindparam("of_gateway"),
    grants.c.incarnation == bindparam("of_incarnation"),
    grants.c.grant_no == bindparam("of_grant_no"),
)
_REPORT = _THIS.values(reserved_ml=bindparam("new_reserved_ml"))
_CLOSE = _THIS.values(closed_ml=bindparam("new_closed_ml"), reserved_ml=0)


def booked(teller: Teller, numbers: Sequence[int]) -> dict[int, Booked]:
    """Those of an incarnation's grants that central minted, by number."""
    lowest, highest = min(numbers), max(numbers)
    if highest - lowest < NEAR * len(numbers):
        between = {**_whose(teller), "lowest": lowest, "highest": highest}
        rows = ask(teller.connection, _BETWEEN, between)
    else:
        which = {**_whose(teller), "numbers": numbers}
        rows = list(teller.connection.execute(_BOOKED, which))
    found = (Booked(*row) for row in rows)
    return {grant.grant_no: grant for grant in found if grant.grant_no in numbers}


def activation_oddities(known: Mapping[int, Booked], activated: GrantActivated) -> list[str]:
    """What contradicts the books in a grant that a gateway took up."""
    grant = known.get(activated.grant_no)
    if grant is None:
        return [f"takes up grant {activated.grant_no}, which was never minted here"]
    same = ("period", "kind", "subject", "volume_ml")
    wrong = [name for name in same if getattr(activated, name) != getattr(grant, name)]
    if wrong:
        return [f"takes up grant {activated.grant_no} with another {', '.join(wrong)}"]
    return []


def take_report(teller: Teller, report: GrantReported) -> list[str]:
    """Keep what a grant stands at; returns what is odd."""
    found = _of_incarnation(teller, report.grant_no, "reports")
    if isinstance(found, str):
        return [found]
    this = {**_whose(teller), "of_grant_no": report.grant_no}
    tell(teller.connection, _REPORT, {**this, "new_reserved_ml": report.reserved_ml})
    if report.spent_ml != found.spent_ml:
        return [
            f"reports {report.spent_ml} ml spent of grant {report.grant_no}, "
            f"its sales sum to {found.spent_ml} ml"
        ]
    return []


def take_close(teller: Teller, close: GrantClosed) -> list[str]:
    """Close a grant for good, and give what it returns to those who wait for it.

    Returns what is odd; then nothing came back.
    """
    found = _of_incarnation(teller, close.grant_no, "closes")
    if isinstance(found, str):
        return [found]
    if found.closed_ml is not None:
        return [f"closes grant {close.grant_no} again, closed at {found.closed_ml} ml"]
    odd = _close_oddities(found, close)
    closed_ml = charged_ml(found.volume_ml, found.spent_ml, None) if odd else close.spent_ml
    this = {**_whose(teller), "of_grant_no": close.grant_no}
    tell(teller.connection, _CLOSE, {**this, "new_closed_ml": closed_ml})
    holder = Holder(found.period, found.kind, found.subject)
    odd += serve(teller.connection, holder, teller.zone, teller.now)
    if close.why == "recalled":
        return_rest(teller, holder, close.grant_no, found.volume_ml - closed_ml)
    return odd


def take_skipped(teller: Teller, skipped: GrantsSkipped) -> list[str]:
    """Close with nothing what this incarnation will never take up; returns what is odd."""
    columns = grants.c
    query = select(columns.grant_no).where(
        columns.gateway == teller.gateway,
        columns.incarnation == teller.incarnation,
        columns.grant_no.between(skipped.first, skipped.last),
        columns.closed_ml.is_(None),
    )
    odd = []
    for grant_no in teller.connection.scalars(query.order_by(columns.grant_no)).all():
        odd += take_close(teller, GrantClosed(grant_no=grant_no, spent_ml=0, why="never_held"))
    return odd


def _close_oddities(grant: Booked, close: GrantClosed) -> list[str]:
    charged = "; it is charged its full volume"
    if close.spent_ml > grant.volume_ml:
        return [
            f"closes grant {close.grant_no} of {grant.volume_ml} ml at {close.spent_ml} ml{charged}"
        ]
    if close.spent_ml != grant.spent_ml:
        return [
            f"closes grant {close.grant_no} at {close.spent_ml} ml, its sales sum to "
            f"{grant.spent_ml} ml{charged}"
        ]
    return []


def _of_incarnation(teller: Teller, grant_no: int, verb: str) -> Booked | str:
    """The grant, or why this incarnation has nothing to say of it."""
    grant = booked(teller, [grant_no]).get(grant_no)
    return grant or f"{verb} grant {grant_no}, which was never minted for this incarnation"


def _whose(teller: Teller) -> dict[str, Any]:
    return {"of_gateway": teller.gateway, "of_incarnation": teller.incarnation}
