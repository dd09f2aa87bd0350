"""A tap that waits a moment for central; a supervisor's card that waits for its vehicle."""

import pytest

from gateway.core.actions import Decide, RecordRefusal, Reserve, Tell
from gateway.core.events import (
    CardPresented,
    CardTaken,
    CardUnreadable,
    DecisionAllowed,
    DecisionAwaited,
    DecisionDenied,
    EmergencyReleased,
    EmergencyStopped,
    GrantsChanged,
    NozzleLifted,
    OverrideArmed,
    Woken,
)
from gateway.core.reasons import Reason, Status
from gateway.core.rules.asking import OVERRIDE_NS
from gateway.core.rules.waiting import ASKING_NS
from gateway.core.session import State
from gateway.core.units import NS_PER_MS
from tests.core.bench import OTHER_UID, UID, Bench, allow, deciding

SUPERVISOR = "04AABBCC"


def waiting() -> Bench:
    bench = deciding(Bench())
    assert bench.send(DecisionAwaited()) == [Tell(Status.ASKING)]
    return bench


def armed() -> Bench:
    bench = Bench()
    bench.send(CardPresented(SUPERVISOR))
    assert bench.send(OverrideArmed(SUPERVISOR)) == [Tell(Status.OVERRIDE)]
    assert bench.state is State.IDLE
    return bench


def test_the_answer_that_was_waited_for_is_asked_for_again() -> None:
    bench = waiting()
    assert bench.send(GrantsChanged(), 300 * NS_PER_MS) == [Decide(UID)]
    (reserve,) = bench.send(DecisionAllowed(allow()))
    assert isinstance(reserve, Reserve)


def test_somebody_elses_grant_does_not_lengthen_the_wait() -> None:
    bench = waiting()
    began_ns = bench.session.since_ns
    bench.send(GrantsChanged(), 500 * NS_PER_MS)
    assert bench.send(DecisionAwaited()) == []
    assert bench.wake_at_ns == began_ns + ASKING_NS
    assert bench.wake() == [Decide(UID, last=True)]
    assert bench.now_ns == began_ns + ASKING_NS


def test_after_its_time_it_is_answered_with_what_is_here() -> None:
    bench = waiting()
    assert bench.send(Woken(), ASKING_NS - 1) == []
    assert bench.send(Woken(), 1) == [Decide(UID, last=True)]
    bench.send(DecisionDenied(Reason.QUOTA_EXHAUSTED, "dh-1001-a"))
    assert bench.state is State.REFUSED
    assert bench.send(GrantsChanged()) == []


def test_nobody_else_hears_of_a_grant() -> None:
    bench = Bench()
    assert bench.send(GrantsChanged()) == []
    deciding(bench)
    assert bench.send(GrantsChanged()) == []


def test_an_answer_about_an_earlier_tap_waits_for_nothing() -> None:
    bench = deciding(Bench())
    bench.send(DecisionAllowed(allow()))
    assert bench.send(DecisionAwaited()) == []
    assert not bench.session.awaiting


def test_the_next_card_goes_with_the_supervisors() -> None:
    bench = armed()
    assert bench.send(CardPresented(UID), OVERRIDE_NS - 1) == [Decide(UID, SUPERVISOR)]
    bench.send(DecisionDenied(Reason.VEHICLE_BLOCKED, None))
    assert bench.send(CardPresented(OTHER_UID)) == [Decide(OTHER_UID)]


def test_it_waits_for_central_with_the_supervisors_too() -> None:
    bench = armed()
    bench.send(CardPresented(UID))
    bench.send(DecisionAwaited())
    assert bench.wake() == [Decide(UID, SUPERVISOR, last=True)]


def test_an_override_is_over_after_its_time() -> None:
    bench = armed()
    armed_ns = bench.now_ns
    assert bench.wake() == [Tell(Status.READY)]
    assert bench.now_ns == armed_ns + OVERRIDE_NS
    assert bench.send(CardPresented(UID)) == [Decide(UID)]


def test_a_late_loop_does_not_lengthen_it() -> None:
    assert armed().send(CardPresented(UID), OVERRIDE_NS) == [Decide(UID)]


def test_a_card_that_was_not_read_leaves_it() -> None:
    bench = armed()
    bench.send(CardUnreadable(Reason.TWO_CARDS))
    assert bench.wake() == [Tell(Status.OVERRIDE)]
    assert bench.send(CardPresented(UID)) == [Decide(UID, SUPERVISOR)]


def test_an_override_that_ends_during_a_refusal_is_over() -> None:
    bench = armed()
    bench.send(CardUnreadable(Reason.TWO_CARDS), OVERRIDE_NS - 1)
    assert bench.wake() == [Tell(Status.READY)]
    assert bench.wake_at_ns is None


def test_an_emergency_stop_ends_it() -> None:
    bench = armed()
    bench.send(EmergencyStopped())
    assert bench.send(EmergencyReleased()) == [Tell(Status.READY)]
    assert bench.send(CardPresented(UID)) == [Decide(UID)]


def test_the_nozzle_must_hang() -> None:
    bench = Bench()
    bench.send(NozzleLifted())
    bench.send(CardPresented(SUPERVISOR))
    assert bench.send(OverrideArmed(SUPERVISOR)) == [
        RecordRefusal(Reason.HANG_NOZZLE, SUPERVISOR),
        Tell(Reason.HANG_NOZZLE),
    ]
    assert bench.session.override_by is None


@pytest.mark.parametrize("late", [DecisionAwaited(), OverrideArmed(SUPERVISOR)])
def test_late_answers_change_nothing_at_rest(late: DecisionAwaited | OverrideArmed) -> None:
    bench = Bench()
    before = bench.session
    assert bench.send(late) == []
    assert bench.session == before


def test_an_answer_about_another_card_arms_nothing() -> None:
    bench = deciding(Bench())
    assert bench.send(OverrideArmed(SUPERVISOR)) == []
    assert bench.session.override_by is None


def test_what_a_card_was_for_being_done_the_pump_is_free_again() -> None:
    bench = deciding(Bench())
    before = bench.session
    assert bench.send(CardTaken(SUPERVISOR)) == []
    assert bench.session == before
    assert bench.send(CardTaken(UID)) == [Tell(Status.READY)]
    assert bench.state is State.IDLE
    assert bench.send(CardTaken(UID)) == []


def test_a_tap_has_a_name_until_its_minute_is_over() -> None:
    bench = armed()
    until_ns = bench.session.override_until_ns
    name = bench.session.armed(until_ns - 1)
    assert name == until_ns // NS_PER_MS
    assert bench.session.armed(until_ns) is None
    bench.send(CardPresented(UID))
    assert bench.session.armed(until_ns - 1) is None, "its vehicle has come"
    assert Bench().session.armed(0) is None
