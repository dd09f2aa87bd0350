"""The counting PIO program in an emulator: the very words that the chip loads."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
CLOCK_HZ = 800_000
"""As board.py sets it for a filter of 20 µs."""
FILTER_CYCLES = 16
GLITCHES = (1, 2, 3, 7, 13, FILTER_CYCLES - 2)


def test_the_words_are_what_the_source_says() -> None:
    subprocess.run([sys.executable, ROOT / "scripts/assemble_pio.py", "--check"], check=True)


@pytest.mark.parametrize(("rate_hz", "count"), [(1, 5), (67, 20), (1000, 100), (5000, 250)])
@pytest.mark.parametrize("high_percent", [20, 50, 80])
def test_every_pulse_counts(
    counter: Any, line_of: Any, rate_hz: int, count: int, high_percent: int
) -> None:
    period = CLOCK_HZ // rate_hz
    counted = counter()
    line = line_of(range(period, period * (count + 1), period), period * high_percent // 100)
    counted.run(line, period * (count + 2))
    assert counted.count == count
    assert [word >> 2 for word in counted.told] == list(range(1, count + 1))


@pytest.mark.parametrize("glitch", GLITCHES)
def test_a_glitch_shorter_than_the_filter_is_no_pulse(
    counter: Any, line_of: Any, glitch: int
) -> None:
    counted = counter()
    counted.run(line_of(range(100, 3000, 97), glitch), 3100)
    assert (counted.count, counted.told) == (0, [])


@pytest.mark.parametrize("glitch", GLITCHES)
def test_a_drop_shorter_than_the_filter_does_not_make_two_of_one(
    counter: Any, line_of: Any, glitch: int
) -> None:
    counted = counter()
    line = []
    for start in range(100, 4100, 200):
        line += [(start, 1), (start + 50, 0), (start + 50 + glitch, 1), (start + 100, 0)]
    counted.run(line, 5000)
    assert counted.count == 20


@pytest.mark.parametrize("high", [FILTER_CYCLES + 3, 30])
def test_a_pulse_as_long_as_the_filter_counts(counter: Any, line_of: Any, high: int) -> None:
    counted = counter()
    counted.run(line_of(range(100, 3100, 100), high), 4000)
    assert counted.count == 30


def test_a_line_that_is_high_at_the_start_counts_from_its_next_rise(counter: Any) -> None:
    counted = counter()
    counted.run([(0, 1), (1000, 0), (2000, 1), (3000, 0)], 4000)
    assert counted.count == 1


def test_the_count_goes_on_past_32_bits(counter: Any, line_of: Any) -> None:
    counted = counter(start=2**32 - 3)
    counted.run(line_of(range(100, 600, 100), 40), 1000)
    assert counted.count == 2
    lower_16 = [(word & 0xFFFF) >> 2 for word in counted.told]
    assert lower_16 == [0x3FFE, 0x3FFF, 0, 1, 2]


def test_words_that_nobody_takes_cost_no_pulse(counter: Any, line_of: Any) -> None:
    counted = counter()
    counted.run(line_of(range(100, 10_100, 100), 40), 10_100, taken=False)
    assert counted.count == 100
    counted.run([], 10_101)  # somebody looks again
    counted.run(line_of([10_200], 40), 10_300)
    assert [word >> 2 for word in counted.told] == [1, 2, 3, 4, 101]


def test_a_word_tells_the_other_channel_at_the_rise(counter: Any) -> None:
    forward = [(100, 0b01), (150, 0b11), (200, 0b10), (250, 0b00)]
    backward = [(300, 0b10), (350, 0b11), (400, 0b01), (450, 0b00)]
    counted = counter()
    counted.run([*forward, *backward], 500)
    assert [word & 0b11 for word in counted.told] == [0b01, 0b11]
