"""Requests for more: once, behind the pumps, and only an empty grant makes a driver wait."""

import msgspec
import pytest

from gateway.core import actions as a
from gateway.core.decision import Allowed, Awaited, Denied
from gateway.core.facts import GrantClosed, GrantRequested
from gateway.core.reasons import Reason
from gateway.core.topping_up import ANSWER_NS, PAUSE_NS
from gateway.core.units import NS_PER_S
from gateway.runtime.asking import Asking
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import (
    CAR,
    CITY,
    OTHER,
    OTHER_UID,
    POLICY,
    RULES,
    UID,
    directives,
    grant,
)
from tests.gateway.store.samples import SUBJECT, TIME

FILL_ML = POLICY.uid_only_fill_ml + RULES.dosing.stop_bound_ml
FIRST = GrantRequested(kind="vehicle", subject=OTHER, period="2026-11", wanted_ml=2 * FILL_ML)


def requests(office: Office) -> list[GrantRequested]:
    office.settle()
    return [
        msgspec.convert(entry.data, GrantRequested)
        for entry in office.ledger.every_entry()
        if entry.type == "grant.requested"
    ]


def tap(office: Office, uid: str = OTHER_UID, *, last: bool = False) -> object:
    return office.till.decide(office.desk, a.Decide(uid, last=last))[0]


@pytest.fixture
def online(office: Office) -> Office:
    """The first car has 40 L, the other nothing."""
    office.open()
    office.books.online = True
    return office


def test_a_tap_on_an_empty_grant_asks_and_waits(online: Office) -> None:
    assert tap(online) == Awaited()
    assert requests(online) == [FIRST]
    assert tap(online, last=True) == Denied(Reason.GRANT_UNANSWERED)
    given = grant(2, 9000, subject=OTHER).activation
    online.books.committed(online.ledger.commit([(given, TIME)]))
    assert isinstance(tap(online), Allowed)


def test_offline_it_is_answered_at_once_and_asked_when_there_is_a_link(office: Office) -> None:
    office.open()
    assert tap(office) == Denied(Reason.GRANT_EMPTY_OFFLINE)
    assert requests(office) == []
    office.asking.turn()
    assert requests(office) == []
    office.books.online = True
    office.asking.turn()
    office.asking.turn()
    assert requests(office) == [FIRST]


def test_one_request_is_outstanding_and_another_follows_after_a_pause(online: Office) -> None:
    tap(online)
    tap(online)
    online.clock.now_ns += ANSWER_NS
    assert tap(online) == Denied(Reason.GRANT_UNANSWERED)
    assert requests(online) == [FIRST]
    online.clock.now_ns += PAUSE_NS - ANSWER_NS
    assert tap(online) == Awaited()
    assert requests(online) == [FIRST, FIRST]


def test_a_new_grant_answers_a_request_so_that_the_next_may_follow(online: Office) -> None:
    tap(online)
    small = grant(2, 500, subject=OTHER).activation
    online.settle()
    online.books.committed(online.ledger.commit([(small, TIME)]))
    assert tap(online) == Awaited()
    assert [one.wanted_ml for one in requests(online)] == [2 * FILL_ML, 2 * FILL_ML - 500]


def test_a_restart_does_not_ask_again_at_once(online: Office) -> None:
    tap(online)
    assert requests(online) == [FIRST]
    again = Asking(online.books, online.keeper, online.wall, online.clock)
    draws, fill_ml = online.books.needs(online.desk, OTHER, None)
    again.look_at(draws, fill_ml)
    assert requests(online) == [FIRST]
    online.clock.now_ns += PAUSE_NS
    again.look_at(draws, fill_ml)
    assert requests(online) == [FIRST, FIRST]


def test_a_new_month_may_be_asked_for_though_none_of_it_was_granted_yet(online: Office) -> None:
    """As after a restore, when all that the old ledger held counts as sold."""
    tap(online)
    online.clock.now_ns += 9 * 24 * 3600 * NS_PER_S
    assert tap(online) == Awaited()
    assert [one.period for one in requests(online)] == ["2026-11", "2026-12"]


def test_behind_a_tap_that_is_allowed_more_is_asked_for(office: Office) -> None:
    office.open(grant(2, 5000, subject=OTHER))
    office.books.online = True
    assert isinstance(tap(office), Allowed)
    assert [one.wanted_ml for one in requests(office)] == [2 * FILL_ML - 5000]


def test_a_sale_that_leaves_less_than_a_fill_asks_for_more(online: Office) -> None:
    fill = online.fill()
    online.reserve(fill, 19_000)
    online.sell(fill, 18_000)
    assert requests(online) == []
    online.reserve(fill, 4000)
    online.sell(fill, 3000)
    assert [one.subject for one in requests(online)] == [SUBJECT]
    assert requests(online)[0].wanted_ml == 2 * FILL_ML - 19_000


def test_a_fill_that_took_nothing_asks_for_nothing(online: Office) -> None:
    fill = online.fill()
    online.reserve(fill, 39_000)
    online.till.release(online.desk, a.Release(fill))
    assert requests(online) == []


def test_what_no_grant_can_change_is_answered_at_once(online: Office) -> None:
    blocked = msgspec.structs.replace(CAR, subject=OTHER, blocked=True)
    online.allocation.apply(directives(blocked, after=directives(*CITY, grant(1))[-1]))
    assert tap(online) == Denied(Reason.VEHICLE_BLOCKED)
    assert requests(online) == []


def test_an_emergency_account_is_asked_for_too(office: Office) -> None:
    ambulance = msgspec.structs.replace(CAR, subject=OTHER, emergency=True)
    office.open(ambulance)
    office.books.online = True
    assert tap(office) == Awaited()
    assert [(one.kind, one.subject) for one in requests(office)] == [
        ("vehicle", OTHER),
        ("emergency", "dinas-kesehatan"),
    ]


def test_a_recalled_grant_may_be_asked_for_again(online: Office) -> None:
    closed = GrantClosed(grant_no=1, spent_ml=0, why="recalled")
    online.books.committed(online.ledger.commit([(closed, TIME)]))
    assert tap(online, UID) == Awaited()


def test_a_grant_of_nothing_ends_the_wait_and_is_not_answered_by_another_request(
    online: Office,
) -> None:
    assert tap(online) == Awaited()
    online.settle()
    nothing = grant(2, 0, subject=OTHER).activation
    online.books.committed(online.ledger.commit([(nothing, TIME)]))
    assert tap(online) == Denied(Reason.QUOTA_EXHAUSTED)
    assert requests(online) == [FIRST]
    assert online.books.balance.account(OTHER).asked == "2026-11"
    online.clock.now_ns += PAUSE_NS
    assert tap(online) == Awaited()


def test_only_centrals_word_says_that_a_quota_is_used_up(online: Office) -> None:
    """It stops without a sign: for some seconds the link still looks up."""
    assert tap(online) == Awaited()
    assert tap(online, last=True) == Denied(Reason.GRANT_UNANSWERED)
    online.books.online = False
    assert tap(online, last=True) == Denied(Reason.GRANT_EMPTY_OFFLINE)
    online.books.online = True
    online.settle()
    nothing = grant(2, 0, subject=OTHER).activation
    online.books.committed(online.ledger.commit([(nothing, TIME)]))
    assert tap(online, last=True) == Denied(Reason.QUOTA_EXHAUSTED)


@pytest.mark.parametrize("answered", [False, True])
def test_what_central_answered_is_known_after_a_restart(online: Office, *, answered: bool) -> None:
    tap(online)
    online.settle()
    if answered:
        nothing = grant(2, 0, subject=OTHER).activation
        online.books.committed(online.ledger.commit([(nothing, TIME)]))
    again = Asking(online.books, online.keeper, online.wall, online.clock)
    draws, _ = online.books.needs(online.desk, OTHER, None)
    assert again.is_unanswered(draws) is not answered
