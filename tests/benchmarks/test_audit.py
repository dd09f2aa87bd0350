"""`takar bench audit` measures what it says, on a few entries."""

from typing import Any

from benchmarks.audit import run


def test_it_runs_on_few_entries() -> None:
    rows: list[dict[str, Any]] = run(entries=2000)["rows"]  # type: ignore[assignment]
    rates = {row["what"]: row["ours"] for row in rows if row["unit"] == "entries/s"}
    assert len(rates) == 5
    assert all(rate > 0 for rate in rates.values())
    assert any("of 2,000 entries" in what for what in rates)
    assert all(row["ratio"] > 0 for row in rows)
