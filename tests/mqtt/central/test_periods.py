"""Months of the city's zone, as instants in UTC."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mqtt.central.periods import bounds, period_of, periods_due, utc_text

WITA = ZoneInfo("Asia/Makassar")


@pytest.mark.parametrize(
    ("instant", "period"),
    [
        ("2026-07-31T15:59:59.999+00:00", "2026-07"),
        ("2026-07-31T16:00:00+00:00", "2026-08"),
        ("2026-12-31T16:00:00+00:00", "2027-01"),
    ],
)
def test_a_month_turns_at_midnight_in_the_city(instant: str, period: str) -> None:
    assert period_of(datetime.fromisoformat(instant), WITA) == period


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-02", "2026-01-31T16:00:00.000Z", "2026-02-28T15:59:59.999Z"),
        ("2026-12", "2026-11-30T16:00:00.000Z", "2026-12-31T15:59:59.999Z"),
    ],
)
def test_bounds(period: str, first: str, last: str) -> None:
    assert bounds(period, WITA) == (first, last)


def test_bounds_follow_a_change_of_clocks() -> None:
    first, last = bounds("2026-03", ZoneInfo("Europe/Amsterdam"))
    assert (first, last) == ("2026-02-28T23:00:00.000Z", "2026-03-31T21:59:59.999Z")


@pytest.mark.parametrize(
    ("day", "due"), [(10, ["2026-07"]), (26, ["2026-07"]), (27, ["2026-07", "2026-08"])]
)
def test_the_next_month_is_due_five_days_early(day: int, due: list[str]) -> None:
    assert periods_due(datetime(2026, 7, day, 1, tzinfo=WITA), WITA) == due


def test_utc_text_has_milliseconds() -> None:
    assert utc_text(datetime(2026, 7, 1, 1, 2, 3, 4567, UTC)) == "2026-07-01T01:02:03.004Z"
