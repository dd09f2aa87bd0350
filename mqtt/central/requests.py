"""Top-ups: requests as they are applied, answered at once or when litres come back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from gateway.core.allocation import RecallGrant
from gateway.core.facts import GrantRequested
from mqtt.central import directives, epochs
from mqtt.central.grant_tables import quotas, requests
from mqtt.central.grants import Share
from mqtt.central.holders import Books, Holder, of_holder, read_books, whose
from mqtt.central.issuing import Issue, issue
from mqtt.central.many import ask, insert_many, tell
from mqtt.central.tables import departments, gateways, grants, subjects
from mqtt.central.teller import Teller
from mqtt.central.topups import OpenGrant, answer, give_back_ml

_REQUEST = (
    "request_id",
    "gateway",
    "incarnation",
    "sequence",
    "period",
    "kind",
    "subject",
    "wanted_ml",
)
_INSERT = insert(requests)
_SETTLE = (
    update(requests)
    .where(
        requests.c.gateway == bindparam("of_gateway"),
        *whose(requests.c),
        requests.c.grant_no.is_(None),
    )
    .values(grant_no=bindparam("new_grant_no"))
)
_WAITING = (
    select(requests.c.request_id, requests.c.gateway, requests.c.wanted_ml)
    .join(gateways, gateways.c.name == requests.c.gateway)
    .where(
        *epochs.REPORTING,
        gateways.c.incarnation == requests.c.incarnation,
        *whose(requests.c),
        requests.c.grant_no.is_(None),
    )
    .order_by(requests.c.number.desc())
)
_SHORT = (
    select(requests.c.gateway, requests.c.wanted_ml - grants.c.volume_ml)
    .join(
        grants,
        and_(
            grants.c.gateway == requests.c.gateway,
            grants.c.incarnation == requests.c.incarnation,
            grants.c.grant_no == requests.c.grant_no,
        ),
    )
    .where(requests.c.gateway != bindparam("but"), *whose(requests.c))
    .order_by(requests.c.number)
)
_RECALLED = (
    update(grants)
    .where(
        grants.c.gateway == bindparam("of_gateway"),
        grants.c.grant_no == bindparam("of_grant_no"),
        grants.c.closed_ml.is_(None),  # which only grants of its present incarnation are
    )
    .values(recalled=True)
)
_SUBJECT = select(subjects.c.subject).where(subjects.c.subject == bindparam("of_subject"))
_DEPARTMENT = select(departments.c.name).where(departments.c.name == bindparam("of_subject"))
_OF_SUBJECT = subjects.c.subject == bindparam("of_subject")
_OVERRUN = select(subjects.c.overrun_ml).where(_OF_SUBJECT)
_OVERRUN_LEFT = update(subjects).where(_OF_SUBJECT).values(overrun_ml=bindparam("left_ml"))
_DEDUCT = (
    update(quotas)
    .where(*whose(quotas.c))
    .values(
        quota_ml=quotas.c.quota_ml - bindparam("less_ml"),
        deducted_ml=quotas.c.deducted_ml + bindparam("less_ml"),
    )
)


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that has no grant yet."""

    request_id: str
    gateway: str
    wanted_ml: int


def take_request(teller: Teller, sequence: int, asked: GrantRequested) -> list[str]:
    """Note a request and answer it; returns what is odd about it.

    The id of its entry is its own: applied exactly once, it gets one grant at the most. While
    it waits, a newer one of the same gateway takes its place.
    """
    row = (
        f"{teller.incarnation}/{sequence}",
        teller.gateway,
        teller.incarnation,
        sequence,
        asked.period,
        asked.kind,
        asked.subject,
        asked.wanted_ml,
    )
    insert_many(teller.connection, _INSERT, _REQUEST, [row])
    if asked.kind == "override" and asked.subject != teller.gateway:
        return [f"asks for litres of {asked.subject}'s override grant"]
    holder = Holder(asked.period, asked.kind, asked.subject)
    if not _is_registered(teller, holder):
        return [f"asks for litres of {asked.subject}, which is not registered"]
    return serve(teller.connection, holder, teller.zone, teller.now)


def settle(connection: Connection, gateway: str, holder: Holder, grant_no: int) -> None:
    """A grant answers all that a gateway has asked for the holder until now."""
    which = {"of_gateway": gateway, "new_grant_no": grant_no, **of_holder(holder)}
    tell(connection, _SETTLE, which)


def serve(connection: Connection, holder: Holder, zone: ZoneInfo, now: datetime) -> list[str]:
    """Answer whoever waits for a holder's litres, the newest first: that is where it stands.

    Grants and recalls go to the directives in the caller's transaction. Returns what is odd:
    more charged than the quota, which is never minted beyond.
    """
    books = read_books(connection, holder)
    if books is None:
        return []
    odd = []
    if books.charged_ml > books.quota_ml:
        odd = [
            f"{books.charged_ml} ml are charged to {holder.subject} in {holder.period}, "
            f"whose quota is {books.quota_ml} ml"
        ]
    waiting = _waiting(connection, holder)
    if not waiting or epochs.mints_nothing(connection, holder.period):
        return odd  # who waits is served by the first minting after that
    changed = holder.kind == "vehicle" and _deduct_overrun(connection, holder, books) > 0
    for asking in waiting:
        if changed:
            books = read_books(connection, holder) or books
        found = answer(asking.wanted_ml, asking.gateway, books.reserve_ml, books.open)
        _recall(connection, found.recall, now)
        if found.give_ml is not None:
            _give(connection, holder, books, asking, found.give_ml, zone, now)
        changed = True
    return odd


def return_rest(teller: Teller, holder: Holder, grant_no: int, returned_ml: int) -> None:
    """Give a gateway again what a recall took from it and nobody else was waiting for."""
    books = read_books(teller.connection, holder) if returned_ml > 0 else None
    if books is None or epochs.mints_nothing(teller.connection, holder.period):
        return
    short_ml = _short_ml(teller.connection, teller.gateway, holder)
    back_ml = give_back_ml(returned_ml, books.reserve_ml, short_ml)
    if back_ml:
        share = Share(teller.gateway, holder.kind, holder.subject, books.department, back_ml)
        rest = Issue(share, holder.period, rest_of=grant_no)
        issue(teller.connection, [rest], teller.zone, teller.now)


def serve_all(connection: Connection, period: str, zone: ZoneInfo, now: datetime) -> None:
    """Answer those who asked while nothing could be minted for them."""
    holders = select(requests.c.kind, requests.c.subject).where(
        requests.c.period == period, requests.c.grant_no.is_(None)
    )
    for kind, subject in connection.execute(holders.distinct()).all():
        serve(connection, Holder(period, kind, subject), zone, now)


def _is_registered(teller: Teller, holder: Holder) -> bool:
    """Whether it may ask at all; one without a quota of the month waits for its minting."""
    if holder.kind == "override":
        return True
    query = _SUBJECT if holder.kind == "vehicle" else _DEPARTMENT
    return teller.connection.scalar(query, {"of_subject": holder.subject}) is not None


def _waiting(connection: Connection, holder: Holder) -> list[Asking]:
    """The newest of each gateway that may be given grants, and of its present incarnation."""
    rows = ask(connection, _WAITING, of_holder(holder))
    newest: dict[str, Asking] = {}
    for row in rows:
        asking = Asking(*row)
        newest.setdefault(asking.gateway, asking)
    return list(newest.values())


def _short_ml(connection: Connection, but: str, holder: Holder) -> int:
    """What all but one gateway were given less than they wanted, when they last asked."""
    last: dict[str, int] = dict(ask(connection, _SHORT, {"but": but, **of_holder(holder)}))
    return sum(max(0, short_ml) for short_ml in last.values())


def _give(
    connection: Connection,
    holder: Holder,
    books: Books,
    asking: Asking,
    give_ml: int,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    share = Share(asking.gateway, holder.kind, holder.subject, books.department, give_ml)
    (number,) = issue(connection, [Issue(share, holder.period, asking.request_id)], zone, now)
    settle(connection, asking.gateway, holder, number)


def _recall(connection: Connection, recall: Iterable[OpenGrant], now: datetime) -> None:
    for grant in recall:
        directives.append(connection, [RecallGrant(grant_no=grant.grant_no)], now, grant.gateway)
        this = {"of_gateway": grant.gateway, "of_grant_no": grant.grant_no}
        tell(connection, _RECALLED, this)


def _deduct_overrun(connection: Connection, holder: Holder, books: Books) -> int:
    """Take what flowed beyond earlier grants off the reserve, as it is held against a gateway's
    grants only until its next one. Returns the millilitres."""
    which = of_holder(holder)
    overrun_ml = connection.scalar(_OVERRUN, {"of_subject": holder.subject}) or 0
    deducted_ml = min(overrun_ml, books.reserve_ml)
    if deducted_ml:
        less = {"of_subject": holder.subject, "left_ml": overrun_ml - deducted_ml}
        connection.execute(_OVERRUN_LEFT, less)
        connection.execute(_DEDUCT, {**which, "less_ml": deducted_ml})
    return deducted_ml
