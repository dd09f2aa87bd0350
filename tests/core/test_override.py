"""A supervisor's exception: by the card at the reader alone, within its count, and explained."""

from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.actions import Decide, Tell
from gateway.core.allocation import PutCard
from gateway.core.decision import Allowed, Armed, Denied, Question, decide
from gateway.core.dosing import LEAST_FILL_ML
from gateway.core.events import CardPresented, DecisionDenied, OverrideArmed, OverrideChosen, Woken
from gateway.core.facts import OverrideGranted
from gateway.core.given import NOTHING, Given, Why
from gateway.core.people import decide_override
from gateway.core.reasons import Reason, Status
from gateway.core.rules.asking import OVERRIDE_NS
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from tests.core.bench import CARD, OTHER_UID, POLICY, PRICE, SUBJECT, UID, Bench, deciding
from tests.core.ledger_of import balance_of, then

SUPERVISOR = PutCard(uid="04AABBCC", card="supervisor", holder="maria", status="active")
BY = SUPERVISOR.uid
CEILINGS = replace(POLICY, override_fill_ml=8000, override_day_ml=20_000, overrides_per_day=3)
WHY = Why("card_forgotten", "left at home", "yohanes")
NAMED = Given(subject=SUBJECT.subject, why=WHY)


def ask(**changes: Any) -> object:
    usual: dict[str, Any] = {
        "card": SUPERVISOR,
        "subject": SUBJECT,
        "price": PRICE,
        "policy": CEILINGS,
        "product": "pertamax",
        "remaining_ml": 30_000,
        "stop_bound_ml": 600,
        "day_volume_ml": 0,
        "day_visits": 0,
        "local_hour": 12,
        "period_known": True,
        "central_heard_days": 0,
        "in_use": False,
        "undeclared": False,
        "online": True,
        "override_by": BY,
        "given": NAMED,
    }
    return decide(Question(**(usual | changes)))


def armed() -> Bench:
    bench = Bench()
    bench.send(CardPresented(BY))
    bench.send(OverrideArmed(BY))
    return bench


def test_the_vehicle_that_the_supervisor_names_is_decided_on() -> None:
    bench = armed()
    chosen = OverrideChosen(WHY, SUBJECT.subject)
    assert bench.send(chosen, OVERRIDE_NS - 1) == [Decide(BY, BY, given=NAMED)]
    assert bench.state is State.DECIDING
    bench.send(DecisionDenied(Reason.LIMIT_DAY, SUBJECT.subject))
    assert bench.send(CardPresented(UID)) == [Decide(UID)]


def test_it_is_over_after_a_minute() -> None:
    assert OVERRIDE_NS == 60 * NS_PER_S
    bench = armed()
    assert bench.send(OverrideChosen(WHY, SUBJECT.subject), OVERRIDE_NS) == []
    assert bench.state is State.IDLE


def test_without_the_card_a_word_does_nothing() -> None:
    for bench in (Bench(), deciding(Bench())):
        before = bench.session
        assert bench.send(OverrideChosen(WHY, SUBJECT.subject)) == []
        assert bench.session == before


def test_once_is_once() -> None:
    bench = armed()
    bench.send(OverrideChosen(WHY, SUBJECT.subject))
    bench.send(DecisionDenied(Reason.LIMIT_DAY, SUBJECT.subject))
    bench.wake()
    assert bench.send(OverrideChosen(WHY, SUBJECT.subject)) == []


def test_a_reason_alone_goes_with_the_next_card() -> None:
    bench = armed()
    assert bench.send(OverrideChosen(WHY)) == []
    assert bench.send(CardPresented(UID)) == [Decide(UID, BY, given=Given(why=WHY))]
    bench.send(DecisionDenied(Reason.LIMIT_DAY, None))
    assert bench.send(CardPresented(OTHER_UID)) == [Decide(OTHER_UID)]


def test_what_one_supervisor_said_is_not_the_next_ones() -> None:
    bench = armed()
    bench.send(OverrideChosen(WHY))
    assert bench.send(Woken(), OVERRIDE_NS) == [Tell(Status.READY)]
    bench.send(CardPresented(BY))
    bench.send(OverrideArmed(BY))
    assert bench.send(CardPresented(UID)) == [Decide(UID, BY)]


def test_a_named_vehicle_is_allowed_and_everything_is_remembered() -> None:
    found = ask()
    assert isinstance(found, Allowed)
    assert (found.card, found.holder, found.override_by, found.why) == (
        SUPERVISOR,
        SUBJECT.subject,
        BY,
        WHY,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"override_by": None},
        {"override_by": "04DDEEFF"},
        {"card": replace(SUPERVISOR, status="blocked")},
        {"card": replace(SUPERVISOR, card="attendant")},
        {"card": replace(CARD, uid=BY)},
        {"given": NOTHING},
        {"subject": None},
    ],
)
def test_only_the_supervisors_own_card_opens_for_a_named_vehicle(changes: dict[str, Any]) -> None:
    assert ask(**changes) == Denied(Reason.UNKNOWN_CARD)


def test_a_blocked_vehicle_stays_refused_whoever_names_it() -> None:
    blocked = replace(SUBJECT, blocked=True)
    assert ask(subject=blocked) == Denied(Reason.VEHICLE_BLOCKED)


@pytest.mark.parametrize(("today", "refused"), [(2, False), (3, True), (4, True)])
def test_a_day_has_a_count(today: int, *, refused: bool) -> None:
    denied = Denied(Reason.OVERRIDE_EXCEEDED)
    assert (decide_override(SUPERVISOR, CEILINGS, today) == denied) == refused
    assert (ask(overrides_today=today) == denied) == refused
    assert isinstance(
        ask(overrides_today=today, card=CARD, override_by=None, given=NOTHING), Allowed
    )


def test_without_a_count_any_number_is_allowed() -> None:
    endless = replace(CEILINGS, overrides_per_day=0)
    assert decide_override(SUPERVISOR, endless, 1000) == Armed(BY)


@pytest.mark.parametrize("fill_ml", [LEAST_FILL_ML - 1, LEAST_FILL_ML])
def test_where_no_override_may_take_anything_there_is_none(fill_ml: int) -> None:
    policy = replace(CEILINGS, override_fill_ml=fill_ml)
    expected = Armed(BY) if fill_ml == LEAST_FILL_ML else Denied(Reason.OVERRIDE_EXCEEDED)
    assert decide_override(SUPERVISOR, policy, 0) == expected


def test_where_a_reason_is_required_none_is_refused() -> None:
    required = replace(CEILINGS, override_reason="required")
    silent = {"card": CARD, "given": NOTHING}
    assert ask(policy=required, **silent) == Denied(Reason.OVERRIDE_UNEXPLAINED)
    assert isinstance(ask(policy=CEILINGS, **silent), Allowed)
    assert isinstance(ask(policy=required, card=CARD, given=Given(why=WHY)), Allowed)
    assert isinstance(ask(policy=required, **(silent | {"override_by": None})), Allowed)


def granted(clock: str = "good") -> OverrideGranted:
    return OverrideGranted(
        pump=1,
        sale="0" * 16 + "-1",
        supervisor=BY,
        subject=SUBJECT.subject,
        chosen=True,
        reason="journey",
        text="",
        by=None,
        ceiling_ml=8000,
        clock=clock,
    )


def test_the_ledger_counts_a_days_overrides() -> None:
    balance = balance_of(granted(), granted())
    assert balance.overrides is not None
    assert balance.overrides.visits == 2
    later = then(balance, granted("doubtful"))
    assert later.overrides is not None
    assert later.overrides.visits == 3
