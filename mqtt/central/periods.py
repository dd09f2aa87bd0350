"""Months in the city's zone, and the instants in UTC between which their grants serve."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

EARLY = timedelta(days=5)
"""Next month's grants go out this long before it begins, so that a silent network is no loss."""


def utc_text(instant: datetime) -> str:
    """An aware instant as entries write it: UTC with milliseconds."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def period_of(instant: datetime, zone: ZoneInfo) -> str:
    """The month (YYYY-MM) of an aware instant in the city's zone."""
    return instant.astimezone(zone).strftime("%Y-%m")


def periods_due(now: datetime, zone: ZoneInfo) -> list[str]:
    """Months whose grants gateways should hold now: this one, and soon the next."""
    return sorted({period_of(now, zone), period_of(now + EARLY, zone)})


@lru_cache(maxsize=16)  # asked once for each grant of a month
def bounds(period: str, zone: ZoneInfo) -> tuple[str, str]:
    """First and last millisecond of a month (YYYY-MM) in the city's zone, as UTC text."""
    first = datetime.strptime(period, "%Y-%m").replace(tzinfo=zone)
    year, month = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)
    last = first.replace(year=year, month=month).astimezone(UTC) - timedelta(milliseconds=1)
    return utc_text(first), utc_text(last)


def months_before(period: str, count: int) -> list[str]:
    """The months (YYYY-MM) before one, the nearest first."""
    number = 12 * int(period[:4]) + int(period[5:]) - 1
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(number - 1, number - 1 - count, -1)]
