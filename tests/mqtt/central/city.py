"""The small city of these tests: one department, three vehicles with 40 L a month."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.core.allocation import PutSubject

ZONE = ZoneInfo("Asia/Makassar")
NOW = datetime(2026, 7, 10, 4, tzinfo=UTC)
PERIOD = "2026-07"
PRICE = 10_000
QUOTA_ML = 40_000
SUBJECTS = ("dh-1001-aa", "dh-1002-aa", "dh-1003-aa")


def vehicle(name: str, products: list[str] | None = None) -> PutSubject:
    return PutSubject(
        subject=name,
        vehicle="car",
        plate=name.upper().replace("-", " "),
        department="dinkes",
        products=products or ["pertamax"],
        tank_ml=45_000,
        meter="odometer",
        blocked=False,
        subsidy_allowed=False,
    )
