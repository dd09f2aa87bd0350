"""Wall time: never behind what is trusted, and honest about it."""

import pytest

from gateway.core.chain import GENESIS
from gateway.core.clock import NS_PER_DAY
from gateway.core.facts import ClockTold
from gateway.core.log import Entry
from gateway.core.units import NS_PER_MS, NS_PER_S
from gateway.runtime.wall import WallClock, utc_ns, utc_text
from tests.gateway.runtime.devices import HandClock, hand_wall

ZONE = "Asia/Makassar"
NOON = "2026-11-22T04:00:00.000Z"


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (999_999, "1970-01-01T00:00:00.000Z"),
        (NS_PER_MS, "1970-01-01T00:00:00.001Z"),
        (1_795_320_000 * NS_PER_S + 999_999_999, "2026-11-22T04:00:00.999Z"),
        (4_102_444_800 * NS_PER_S - 1, "2099-12-31T23:59:59.999Z"),
    ],
)
def test_text_is_cut_to_the_millisecond_and_read_back(ns: int, text: str) -> None:
    assert utc_text(ns) == text
    assert utc_ns(text) == ns // NS_PER_MS * NS_PER_MS


def test_without_evidence_the_machine_is_in_doubt() -> None:
    wall = WallClock(HandClock(), ZONE)
    assert (wall.now(), wall.quality, wall.at_least()) == (NOON, "doubtful", None)
    assert (wall.local().hour, wall.local().utcoffset()) == (12, wall.local().utcoffset())
    assert wall.local().isoformat() == "2026-11-22T12:00:00+08:00"


def test_it_never_runs_behind_what_was_witnessed() -> None:
    clock = HandClock()
    wall = WallClock(clock, ZONE)
    wall.witness("2026-11-22T04:00:00.500Z")
    wall.witness("2026-11-22T03:00:00.000Z")  # older evidence changes nothing
    assert (wall.now(), wall.quality) == ("2026-11-22T04:00:00.500Z", "doubtful")
    clock.now_ns += 499 * NS_PER_MS  # in doubt, time goes on from the evidence
    assert (wall.now(), wall.quality) == ("2026-11-22T04:00:00.999Z", "doubtful")
    clock.now_ns += NS_PER_MS
    assert (wall.now(), wall.quality) == ("2026-11-22T04:00:00.500Z", "good")


def test_a_machine_put_forty_days_ahead_and_back_is_believed_again() -> None:
    clock = HandClock()
    wall = WallClock(clock, ZONE)
    wall.began(NOON)
    clock.utc_offset_ns += 40 * NS_PER_DAY
    clock.now_ns += 60 * NS_PER_S
    assert (wall.now(), wall.quality) == ("2026-11-22T04:01:00.000Z", "doubtful")
    wall.recorded([entry_of("2027-01-01T04:00:00.000Z", "doubtful")])
    clock.utc_offset_ns -= 40 * NS_PER_DAY
    assert (wall.now(), wall.quality) == ("2026-11-22T04:01:00.000Z", "good")


def test_a_station_that_was_off_for_weeks_is_believed_when_central_says_the_date() -> None:
    clock = HandClock()
    wall = WallClock(clock, ZONE)
    wall.began("2026-11-01T04:00:00.000Z")
    assert (wall.now(), wall.quality) == ("2026-11-01T04:00:00.000Z", "doubtful")
    wall.witness("2026-11-21T04:00:00.000Z")
    assert (wall.now(), wall.quality) == (NOON, "good")


def test_a_directive_from_another_year_is_not_believed_and_said_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wall = WallClock(HandClock(), ZONE)
    wall.began(NOON)
    wall.witness("2027-11-22T04:00:00.000Z")
    assert (wall.now(), wall.quality) == (NOON, "good")
    assert "directive of 2027-11-22T04:00:00.000Z is not believed" in caplog.text


def test_only_an_entry_with_a_good_clock_counts() -> None:
    wall = WallClock(HandClock(), ZONE)
    later, latest = "2026-11-22T05:00:00.000Z", "2026-11-22T06:00:00.000Z"
    wall.recorded([entry_of(later, "good"), entry_of(NOON, "good"), entry_of(latest, "doubtful")])
    assert (wall.now(), wall.quality) == (later, "doubtful")


FAR = "2066-01-01T00:00:00.000Z"
DAY = "2026-11-23T04:00:00.000Z"


def test_an_acknowledgement_takes_back_a_time_that_never_was() -> None:
    clock = HandClock()
    wall = WallClock(clock, ZONE)
    wall.began(FAR)
    wall.recorded([entry_of(FAR, "doubtful")])
    clock.now_ns += 2 * NS_PER_S
    assert wall.heard(1, NOON) == ClockTold(
        through=1, time=NOON, within_ms=2000, was="2066-01-01T00:00:02.000Z", lowered=True
    )
    assert (wall.now(), wall.quality) == ("2026-11-22T04:00:02.000Z", "good")
    assert wall.at_least() == NOON


def test_only_what_covers_an_entry_of_this_boot_says_what_time_it_is() -> None:
    """The broker keeps an acknowledgement as long as it likes."""
    wall = WallClock(HandClock(), ZONE)
    wall.began(DAY)
    assert wall.heard(9, NOON) is None
    wall.recorded([entry_of(DAY, "good")])
    assert wall.heard(0, NOON) is None
    assert wall.now() == DAY
    assert wall.heard(1, NOON) is not None
    assert wall.heard(1, "2026-11-01T04:00:00.000Z") is None
    assert wall.now() == NOON


def test_centrals_word_is_put_on_record_once_a_day_and_where_it_changes_something() -> None:
    clock = HandClock()
    wall = hand_wall(clock)

    def heard(text: str) -> bool:
        wall.recorded([entry_of(wall.now(), wall.quality)])
        return wall.heard(1, text) is not None

    assert heard(NOON)
    clock.now_ns += NS_PER_DAY - NS_PER_MS
    assert not heard("2026-11-23T03:59:59.999Z")
    clock.now_ns += NS_PER_MS
    assert heard(DAY)
    clock.utc_offset_ns -= NS_PER_DAY
    assert not heard(DAY)
    clock.utc_offset_ns += 9 * NS_PER_DAY
    assert wall.now() < "2026-11-24"
    assert heard("2026-11-30T04:00:00.000Z")
    assert wall.quality == "good"


def test_what_central_said_is_known_after_a_restart() -> None:
    wall = WallClock(HandClock(), ZONE)
    wall.said(NOON)
    assert (wall.now(), wall.quality, wall.at_least()) == (NOON, "good", NOON)


def entry_of(time: str, clock: str) -> Entry:
    return Entry(
        id="00112233445566aa/1",
        source="takar/depot-1",
        type="gateway.booted",
        time=time,
        data={"clock": clock},
        sequence=1,
        prevhash=GENESIS,
    )


def test_the_citys_day_follows_the_evidence_too() -> None:
    clock = HandClock()
    wall = WallClock(clock, ZONE)
    clock.utc_offset_ns = 0  # a machine whose battery is empty
    wall.witness("2026-11-30T16:00:00.000Z")
    assert wall.local().isoformat() == "2026-12-01T00:00:00+08:00"
    assert wall.quality == "doubtful"


def test_a_machine_clock_put_back_is_noticed() -> None:
    clock = HandClock()
    wall = hand_wall(clock)
    wall.recorded([entry_of(wall.now(), "good")])
    assert wall.quality == "good"
    clock.utc_offset_ns -= NS_PER_MS
    assert (wall.now(), wall.quality) == (NOON, "doubtful")


def test_a_battery_keeps_the_time_over_weeks_without_power_and_says_so() -> None:
    clock = HandClock()
    wall = hand_wall(clock)
    clock.now_ns, clock.utc_offset_ns = 0, clock.utc_ns() + 20 * NS_PER_DAY
    assert (wall.quality, wall.now()[:4]) == ("doubtful", "2026")
    wall.carried(clock.utc_ns() // NS_PER_S)
    assert (wall.quality, wall.now()) == ("rtc", "2026-12-12T04:00:00.000Z")
    assert wall.at_least() is None
    wall.carried(None)  # a clock that is gone says nothing
    assert (wall.quality, wall.at_least()) == ("rtc", None)


def test_a_battery_that_ran_empty_says_nothing() -> None:
    clock = HandClock()
    wall = hand_wall(clock)
    wall.carried(0)
    clock.utc_offset_ns += 20 * NS_PER_DAY
    assert wall.quality == "doubtful"
