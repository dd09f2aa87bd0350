"""The A/B PIO program in an emulator: exact wherever the disc turns around."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

CLOCK_HZ = 8_000_000
"""As board.py sets it."""
LEVELS = (0b00, 0b01, 0b11, 0b10)
"""By quarter: A rises, B rises, A falls, B falls."""
MOVES = st.lists(st.integers(-9, 14), min_size=1, max_size=12)


def line(moves: list[int], cycles: int) -> list[tuple[int, int]]:
    """A disc that turns so many quarters forward (or back), one every so many cycles."""
    quarter, clock, edges = 0, 0, [(0, 0)]
    for move in moves:
        for _ in range(abs(move)):
            quarter += 1 if move > 0 else -1
            clock += cycles
            edges.append((clock, LEVELS[quarter % 4]))
    return edges


def signed(word: int) -> int:
    return (word + 0x8000 & 0xFFFF) - 0x8000


@pytest.mark.parametrize(("rate_hz", "count"), [(1, 5), (67, 20), (1000, 100), (5000, 250)])
def test_every_pulse_counts(follower: Any, rate_hz: int, count: int) -> None:
    followed = follower()
    quarter = CLOCK_HZ // rate_hz // 4
    followed.run(line([4 * count], quarter), (4 * count + 2) * quarter)
    assert followed.count == count
    assert followed.told == list(range(1, count + 1))


@settings(max_examples=40)
@given(MOVES)
def test_the_position_is_the_net_of_all_turns(follower: Any, moves: list[int]) -> None:
    followed = follower()
    edges = line(moves, 400)
    followed.run(edges, edges[-1][0] + 400)
    # The first pulse is where A first rises: a quarter after the start.
    assert signed(followed.count) == (sum(moves) + 3) // 4


def test_a_disc_that_trembles_on_an_edge_moves_nothing(follower: Any) -> None:
    followed = follower()
    edges = line([5, *([-1, 1] * 50)], 100)
    followed.run(edges, edges[-1][0] + 100)
    assert followed.count == 2
    assert set(followed.told) == {1, 2}


@pytest.mark.parametrize("silent", [0b01, 0b10])
def test_a_silent_channel_leads_nowhere(follower: Any, silent: int) -> None:
    followed = follower()
    edges = [(clock, levels & ~silent) for clock, levels in line([400], 100)]
    followed.run(edges, 41_000)
    assert followed.count in (0, 1)


def test_the_position_goes_on_past_32_bits_and_back(follower: Any) -> None:
    followed = follower(start=2**32 - 2)
    edges = line([16, -16], 400)
    followed.run(edges, 33 * 400)
    assert [word & 0xFFFF for word in followed.told] == [0xFFFF, 0, 1, 2, 1, 0, 0xFFFF, 0xFFFE]


def test_words_that_nobody_takes_cost_no_pulse(follower: Any) -> None:
    followed = follower()
    followed.run(line([400], 100), 40_100, taken=False)
    assert followed.count == 100
