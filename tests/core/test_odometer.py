"""When a vehicle's own meter is asked for, and which reading is believed."""

import pytest
from msgspec.structs import replace

from gateway.core.allocation import PutMeter, PutSubject
from gateway.core.facts import VehicleMeter
from gateway.core.given import NOTHING, Given, Need, Needed
from gateway.core.odometer import Read, judge, newest, plausible
from gateway.core.reasons import Reason, Status
from tests.core.bench import POLICY, SUBJECT

LAST, STEP = 120_000, 800
ASKED = replace(SUBJECT, meter_policy="asked", meter_step_max=STEP)
REQUIRED = replace(ASKED, meter_policy="required")
TRIES = POLICY.meter_tries


def entered(reading: int, tries: int = 1, *, unread: bool = False) -> Given:
    return Given(reading=reading, tries=tries, unread=unread)


@pytest.mark.parametrize(
    ("reading", "believed"),
    [(LAST - 1, False), (LAST, True), (LAST + STEP, True), (LAST + STEP + 1, False)],
)
def test_a_reading_lies_between_the_last_and_the_most_that_may_follow(
    reading: int, *, believed: bool
) -> None:
    assert plausible(reading, LAST, STEP) == believed
    found = judge(REQUIRED, POLICY, entered(reading), LAST)
    assert isinstance(found, VehicleMeter) == believed


def test_without_a_bound_it_only_must_not_fall() -> None:
    assert plausible(99_999_999, LAST, 0)
    assert not plausible(LAST - 1, LAST, 0)


def test_the_first_one_ever_is_believed() -> None:
    assert plausible(3, None, STEP)


@pytest.mark.parametrize("subject", [replace(ASKED, meter_policy="off"), SUBJECT])
def test_nothing_is_asked_where_the_subject_is_off(subject: PutSubject) -> None:
    assert judge(subject, POLICY, NOTHING, LAST) is None


def test_nothing_is_asked_of_what_has_no_meter() -> None:
    assert judge(replace(REQUIRED, meter="none"), POLICY, NOTHING, LAST) is None


@pytest.mark.parametrize(
    ("meter", "status"), [("odometer", Status.ODOMETER), ("hours", Status.HOUR_METER)]
)
@pytest.mark.parametrize("subject", [ASKED, REQUIRED])
def test_it_is_asked_for_by_its_name(subject: PutSubject, meter: str, status: Status) -> None:
    found = judge(replace(subject, meter=meter), POLICY, NOTHING, LAST)
    assert found == Needed(Need.READING, status, POLICY.meter_wait_s, SUBJECT.subject, TRIES)


def test_a_believed_one_goes_into_the_sale_with_its_unit() -> None:
    assert judge(REQUIRED, POLICY, entered(LAST + 1, 2), LAST) == VehicleMeter(
        LAST + 1, "km", doubtful=False, tries=2
    )
    hours = judge(replace(REQUIRED, meter="hours"), POLICY, entered(LAST), LAST)
    assert isinstance(hours, VehicleMeter)
    assert hours.unit == "h/10"


@pytest.mark.parametrize("subject", [ASKED, REQUIRED])
def test_one_that_cannot_be_is_asked_for_again_up_to_the_tries(
    subject: PutSubject,
) -> None:
    for tries in range(1, TRIES):
        found = judge(subject, POLICY, entered(5, tries), LAST)
        assert isinstance(found, Needed)
        assert (found.status, found.tries_left) == (Status.METER_AGAIN, TRIES - tries)


def test_after_the_last_try_it_refuses_or_is_written_as_doubtful() -> None:
    given = entered(5, TRIES)
    assert judge(REQUIRED, POLICY, given, LAST) is Reason.ODOMETER_IMPLAUSIBLE
    assert judge(ASKED, POLICY, given, LAST) == VehicleMeter(5, "km", doubtful=True, tries=TRIES)


def test_no_reading_is_null_where_it_was_only_asked_for() -> None:
    assert judge(ASKED, POLICY, Given(unread=True), LAST) is None
    assert judge(REQUIRED, POLICY, Given(unread=True), LAST) is Reason.METER_UNREAD


def test_one_that_was_entered_once_and_left_is_not_silence() -> None:
    given = entered(5, 1, unread=True)
    assert judge(REQUIRED, POLICY, given, LAST) is Reason.ODOMETER_IMPLAUSIBLE
    assert judge(ASKED, POLICY, given, LAST) == VehicleMeter(5, "km", doubtful=True, tries=1)


def test_the_newer_word_on_the_last_reading_counts() -> None:
    early, late = "2026-11-02T01:00:00.000Z", "2026-11-02T01:00:00.001Z"
    told = PutMeter(subject="x", reading=7, time=late)
    assert newest(None, None) is None
    assert newest(Read(early, 9), None) == 9
    assert newest(None, told) == 7
    assert newest(Read(early, 9), told) == 7
    assert newest(Read(late, 9), told) == 7
    assert newest(Read(late, 9), replace(told, time=early)) == 9
