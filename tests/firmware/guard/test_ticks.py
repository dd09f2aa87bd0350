import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.guard.ticks import HALF, PERIOD, Ticks, since


@given(st.integers(0, PERIOD - 1), st.lists(st.integers(0, HALF - 1), max_size=20))
def test_adds_up_over_any_number_of_wraps(raw_us: int, steps: list[int]) -> None:
    ticks = Ticks(raw_us)
    for step_us in steps:
        raw_us = (raw_us + step_us) % PERIOD
        before_us = ticks.now_us
        assert ticks.advance(raw_us) == before_us + step_us
    assert ticks.now_us == sum(steps)


@given(st.integers(0, PERIOD - 1), st.integers(0, 1_000_000))
def test_places_an_interrupt_before_the_reading(raw_us: int, ago_us: int) -> None:
    ticks = Ticks(raw_us)
    ticks.advance((raw_us + 2_000_000) % PERIOD)
    assert ticks.place((raw_us + 2_000_000 - ago_us) % PERIOD) == 2_000_000 - ago_us
    assert ticks.place((raw_us + 2_000_000 + ago_us) % PERIOD) == 2_000_000, "it came just now"


def test_a_reading_of_the_past_does_not_turn_time_back() -> None:
    ticks = Ticks(100)
    assert ticks.advance(90) == 0
    assert ticks.advance(110) == 10


@pytest.mark.parametrize(
    ("later", "earlier", "us"), [(5, 3, 2), (3, 5, -2), (0, PERIOD - 1, 1), (PERIOD - 1, 0, -1)]
)
def test_the_shorter_way_round(later: int, earlier: int, us: int) -> None:
    assert since(later, earlier) == us
