"""Wall time: never behind what is trusted, and honest about it."""

import pytest

from gateway.core.units import NS_PER_MS, NS_PER_S
from gateway.runtime.wall import WallClock, utc_ns, utc_text
from tests.gateway.runtime.devices import HandClock

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


def test_without_evidence_the_machine_is_believed() -> None:
    wall = WallClock(HandClock(), ZONE)
    assert (wall.now(), wall.quality) == (NOON, "good")
    assert (wall.local().hour, wall.local().utcoffset()) == (12, wall.local().utcoffset())
    assert wall.local().isoformat() == "2026-11-22T12:00:00+08:00"


def test_it_never_runs_behind_what_was_witnessed() -> None:
    clock = HandClock()
    wall = WallClock(clock, ZONE)
    wall.witness("2026-11-22T04:00:00.500Z")
    wall.witness("2026-11-22T03:00:00.000Z")  # older evidence changes nothing
    assert (wall.now(), wall.quality) == ("2026-11-22T04:00:00.500Z", "doubtful")
    clock.now_ns += 499 * NS_PER_MS
    assert (wall.now(), wall.quality) == ("2026-11-22T04:00:00.500Z", "doubtful")
    clock.now_ns += NS_PER_MS
    assert (wall.now(), wall.quality) == ("2026-11-22T04:00:00.500Z", "good")
    clock.now_ns += NS_PER_MS
    assert wall.now() == "2026-11-22T04:00:00.501Z"


def test_the_citys_day_follows_the_evidence_too() -> None:
    clock = HandClock()
    wall = WallClock(clock, ZONE)
    clock.utc_offset_ns = 0  # a machine whose battery is empty
    wall.witness("2026-11-30T16:00:00.000Z")
    assert wall.local().isoformat() == "2026-12-01T00:00:00+08:00"
    assert wall.quality == "doubtful"


def test_a_machine_clock_put_back_is_noticed() -> None:
    clock = HandClock()
    wall = WallClock(clock, ZONE)
    wall.witness(wall.now())
    assert wall.quality == "good"
    clock.utc_offset_ns -= NS_PER_MS
    assert (wall.now(), wall.quality) == (NOON, "doubtful")
