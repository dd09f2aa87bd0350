"""`takar bench pico` runs, and a stop by interrupt waits for no main loop."""

import pytest

from benchmarks import _limit, pico
from firmware.guard.device import TICK_US


def test_the_limit_breaks_in_the_pulses_own_microsecond() -> None:
    assert _limit.longest_us(interrupt=True) == _limit.CLOCK_US
    late_us = _limit.longest_us(interrupt=False)
    assert TICK_US - _limit.STEP_US <= late_us <= TICK_US + _limit.CLOCK_US


def test_the_benchmark_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pico, "ROUNDS", 5)
    rows = pico.run()["rows"]
    assert isinstance(rows, list)
    assert [row["unit"] for row in rows] == ["us"] * 3
    assert all(row["ours"] > 0 and row["reference"] > 0 for row in rows)
