"""Answers that are late, stale or doubled open no valve and lose no fill."""

import pytest

from gateway.core.actions import Decide, OpenValve, RaiseLimit, Reserve
from gateway.core.events import (
    CardPresented,
    DecisionAllowed,
    DecisionDenied,
    NozzleLifted,
    ReservationDurable,
    StopRequested,
)
from gateway.core.reasons import Reason
from gateway.core.session import State
from gateway.core.valve import Contact, StopAt
from tests.core.bench import OTHER_UID, UID, Bench, allow, authorised, deciding, flowing, reserving


def test_the_decision_about_an_earlier_tap_is_not_the_next_cards() -> None:
    bench = deciding(Bench())
    bench.send(StopRequested("attendant"))
    assert bench.send(CardPresented(OTHER_UID)) == [Decide(OTHER_UID)]
    assert bench.send(DecisionAllowed(allow(uid=UID))) == []
    (reserve,) = bench.send(DecisionAllowed(allow(uid=OTHER_UID)))
    assert isinstance(reserve, Reserve)
    assert reserve.fill.allowed.card.uid == OTHER_UID


def test_a_second_decision_changes_nothing() -> None:
    bench = reserving(Bench())
    fill = bench.session.fill
    assert bench.send(DecisionAllowed(allow(stop_ml=1000))) == []
    assert bench.send(DecisionDenied(Reason.CARD_IN_USE, None)) == []
    assert (bench.state, bench.session.fill) == (State.DECIDING, fill)


@pytest.mark.parametrize("short_ml", [1, 1000])
def test_less_than_was_asked_opens_nothing(short_ml: int) -> None:
    bench = reserving(Bench())
    bench.send(NozzleLifted())
    asked_ml = bench.session.the_fill.asked_ml
    assert bench.send(ReservationDurable(asked_ml - short_ml)) == []
    assert bench.state is State.DECIDING
    assert isinstance(bench.send(ReservationDurable(asked_ml))[-1], OpenValve)


def test_a_reservation_without_a_fill_opens_nothing() -> None:
    bench = deciding(Bench())
    bench.send(NozzleLifted())
    assert bench.send(ReservationDurable(10_000)) == []
    assert (bench.state, bench.session.valve_open) == (State.DECIDING, False)


def test_a_doubled_answer_never_lowers_the_limit() -> None:
    bench = flowing(Bench(), 200)
    first_ml = bench.session.the_fill.reserved_ml
    raised = bench.durable()
    assert bench.send(ReservationDurable(first_ml)) == raised
    assert raised == [RaiseLimit(StopAt(bench.session.limit_pulses))]


def test_the_valve_opens_where_the_count_stands_now() -> None:
    bench = Bench(stop_ml=1000)
    bench.meter(7)
    authorised(bench).meter(3)
    assert bench.send(NozzleLifted()) == [OpenValve(StopAt(10 + 100), Contact.ENABLE)]


def test_more_than_was_asked_moves_no_limit_beyond_the_stop() -> None:
    bench = reserving(Bench(stop_ml=1000))
    bench.send(NozzleLifted())
    assert bench.send(ReservationDurable(50_000))[-1] == OpenValve(StopAt(100), Contact.ENABLE)


def test_going_down_nothing_new_begins() -> None:
    bench = Bench()
    bench.send(StopRequested("shutdown"))
    assert bench.send(CardPresented(UID)) == []
    assert bench.state is State.IDLE
