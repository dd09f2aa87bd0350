"""A pump that knows the card waits for a reading or for the other card, and not for ever."""

import pytest

from gateway.core.actions import Decide, RecordRefusal, Tell
from gateway.core.events import (
    CardPresented,
    CardUnreadable,
    DecisionAllowed,
    DecisionDenied,
    DecisionNeeds,
    DeviceFailed,
    EmergencyStopped,
    MeterEntered,
    OverrideArmed,
    PresetChosen,
    StopRequested,
    Woken,
)
from gateway.core.given import Given, Need, Needed
from gateway.core.reasons import Fault, Reason, Status
from gateway.core.rules.observe import SHUTDOWN
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from tests.core.bench import OTHER_UID, UID, Bench, allow, deciding, reserving

WAIT_S = 60
READING = Needed(Need.READING, Status.ODOMETER, WAIT_S, "dh-1001-a", 3)
DRIVER = Needed(Need.DRIVER_CARD, Status.DRIVER_CARD, WAIT_S, "dh-1001-a")
VEHICLE = Needed(Need.VEHICLE_CARD, Status.VEHICLE_CARD, WAIT_S)


def prompting(needed: Needed = READING) -> Bench:
    bench = deciding(Bench())
    assert bench.send(DecisionNeeds(UID, needed)) == [Tell(needed.status)]
    assert bench.state is State.PROMPTING
    return bench


def test_a_reading_is_decided_on_and_counted() -> None:
    bench = prompting()
    assert bench.send(MeterEntered(5)) == [Decide(UID, given=Given(reading=5, tries=1))]
    assert bench.state is State.DECIDING
    bench.send(DecisionNeeds(UID, READING))
    assert bench.send(MeterEntered(7, "maria")) == [
        Decide(UID, given=Given(reading=7, tries=2, by="maria"))
    ]
    bench.send(DecisionAllowed(allow()))
    assert bench.session.fill is not None


@pytest.mark.parametrize("needed", [READING, DRIVER, VEHICLE])
def test_the_same_card_again_changes_nothing(needed: Needed) -> None:
    bench = prompting(needed)
    before = bench.session
    assert bench.send(CardPresented(UID)) == []
    assert bench.send(CardUnreadable(Reason.TWO_CARDS)) == []
    assert bench.session == before


def test_the_next_vehicle_does_not_wait_for_a_reading_of_the_one_before() -> None:
    bench = prompting()
    bench.send(MeterEntered(5))
    bench.send(DecisionNeeds(UID, READING))
    assert bench.send(CardPresented(OTHER_UID)) == [Decide(OTHER_UID)]


def test_the_second_card_is_the_drivers() -> None:
    assert prompting(DRIVER).send(CardPresented(OTHER_UID)) == [
        Decide(UID, given=Given(driver=OTHER_UID))
    ]


def test_the_drivers_card_may_come_first() -> None:
    bench = prompting(VEHICLE)
    assert bench.send(CardPresented(OTHER_UID)) == [Decide(OTHER_UID, given=Given(driver=UID))]
    bench.send(DecisionDenied(Reason.VEHICLE_BLOCKED, None))
    assert bench.actions[0] == RecordRefusal(Reason.VEHICLE_BLOCKED, OTHER_UID, None)


def test_what_was_given_is_kept_while_the_rest_is_asked_for() -> None:
    bench = prompting(DRIVER)
    bench.send(CardPresented(OTHER_UID))
    bench.send(DecisionNeeds(UID, READING))
    given = Given(driver=OTHER_UID, reading=9, tries=1)
    assert bench.send(MeterEntered(9)) == [Decide(UID, given=given)]


def test_what_was_given_to_one_card_is_not_given_to_the_next() -> None:
    bench = prompting(DRIVER)
    bench.send(CardPresented(OTHER_UID))
    bench.send(DecisionDenied(Reason.LIMIT_DAY, None))
    assert bench.send(CardPresented(UID)) == [Decide(UID)]
    bench.send(DecisionNeeds(UID, READING))
    assert bench.send(MeterEntered(9)) == [Decide(UID, given=Given(reading=9, tries=1))]


def test_a_supervisors_word_and_a_preset_are_kept() -> None:
    bench = Bench()
    bench.send(PresetChosen(5000))
    bench.send(CardPresented("04AABBCC"))
    bench.send(OverrideArmed("04AABBCC"))
    bench.send(CardPresented(UID))
    bench.send(DecisionNeeds(UID, READING))
    assert bench.send(MeterEntered(5)) == [
        Decide(UID, "04AABBCC", preset_ml=5000, given=Given(reading=5, tries=1))
    ]


def test_a_reading_is_taken_only_where_one_is_asked_for() -> None:
    for bench in (Bench(), deciding(Bench()), reserving(Bench()), prompting(DRIVER)):
        before = bench.session
        assert bench.send(MeterEntered(5)) == []
        assert bench.session == before


def out_of_time(needed: Needed) -> Bench:
    bench = prompting(needed)
    began_ns = bench.now_ns
    assert bench.send(Woken(), WAIT_S * NS_PER_S - 1) == []
    assert bench.wake_at_ns == began_ns + WAIT_S * NS_PER_S
    bench.send(Woken(), 1)
    return bench


def test_without_a_reading_the_rules_decide() -> None:
    assert out_of_time(READING).actions == [Decide(UID, given=Given(unread=True))]


def test_without_the_drivers_card_it_is_refused() -> None:
    bench = out_of_time(DRIVER)
    code = Reason.DRIVER_CARD_MISSING
    assert bench.actions == [RecordRefusal(code, UID, "dh-1001-a"), Tell(code)]
    assert bench.state is State.REFUSED


def test_a_drivers_card_alone_is_forgotten() -> None:
    bench = out_of_time(VEHICLE)
    assert (bench.state, bench.actions) == (State.IDLE, [Tell(Status.READY)])
    assert bench.send(CardPresented(OTHER_UID)) == [Decide(OTHER_UID)]


def test_an_answer_about_an_earlier_tap_asks_for_nothing() -> None:
    bench = deciding(Bench())
    assert bench.send(DecisionNeeds(OTHER_UID, READING)) == []
    assert bench.state is State.DECIDING
    bench.send(DecisionAllowed(allow()))
    assert bench.send(DecisionNeeds(UID, READING)) == []
    assert bench.state is State.DECIDING


def test_it_ends_like_any_other_wait() -> None:
    bench = prompting()
    assert bench.send(StopRequested("attendant")) == [Tell(Status.READY)]
    assert prompting().send(EmergencyStopped())[-1] == Tell(Reason.EMERGENCY_STOP)
    bench = prompting()
    bench.send(DeviceFailed(Fault.READER_SILENT, ""))
    assert bench.state is State.FAULTED


def test_going_down_it_begins_nothing() -> None:
    bench = prompting()
    bench.send(StopRequested(SHUTDOWN))
    assert bench.state is State.IDLE
    assert bench.send(CardPresented(OTHER_UID)) == []


@pytest.mark.parametrize(("need", "asks"), [(READING, True), (DRIVER, False), (VEHICLE, False)])
def test_only_a_pump_that_waits_for_a_reading_asks_for_one(need: Needed, asks: bool) -> None:
    bench = deciding(Bench())
    assert not bench.session.asks_reading
    bench.send(DecisionNeeds(UID, need))
    assert bench.session.asks_reading is asks
