"""How many fills of a month are not served in full, at several rates of disconnection.

Ours: first grants where a vehicle fills, a reserve, top-ups and recalls (`split.py` and
`topups.py` of central, the very functions). The reference: the quota split evenly among the
stations. Once without recalls too, and once for vehicles that have no home station, where an
even split is the better one if links are hardly ever there. `_month.py` says what is assumed.
"""

import json
import sys
from typing import Any

from benchmarks._month import Month, Policy
from mqtt.central.city.generate import generate

BENCHMARK = "split"
STATIONS = 3
OFFLINE_PERCENT = (0, 10, 30, 60, 90, 100)
SEED = 7
POLICIES: tuple[tuple[Policy, str], ...] = (
    ("home first", "without recalls"),
    ("whole", "whole policy"),
)


def run(as_json: bool = True) -> dict[str, object]:  # noqa: FBT001, FBT002
    """Measure, print the table unless `as_json`, and return it. `ratio` is reference / ours."""
    city = generate(SEED, "2026-07")
    rows: list[dict[str, Any]] = []
    for offline in OFFLINE_PERCENT:
        month = Month(city, STATIONS, offline, SEED)
        for policy, words in POLICIES:
            rows.append(_row(month, policy, f"{offline} % offline, {words}"))
    for offline in OFFLINE_PERCENT:
        month = Month(city, STATIONS, offline, SEED, home_percent=0)
        rows.append(_row(month, "whole", f"{offline} % offline, whole policy, no home station"))
    if not as_json:
        json.dump(rows, sys.stdout, indent=1)
        print()
    return {"benchmark": BENCHMARK, "rows": rows}


def _row(month: Month, policy: Policy, words: str) -> dict[str, Any]:
    even, short = month.play("even"), month.play(policy)
    return {
        "what": f"fills short, {words}",
        "ours": _percent(short, month),
        "reference": _percent(even, month),
        "reference_name": f"an even split among {STATIONS} stations",
        "ratio": round((even + 1) / (short + 1), 2),
        "unit": "%",
    }


def _percent(short: int, month: Month) -> float:
    return round(100 * short / len(month.fills), 2)


if __name__ == "__main__":
    run(as_json=False)
