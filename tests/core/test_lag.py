"""What is learned of a valve: bounded, robust, from below, by flow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.lag import (
    ENOUGH,
    KEPT,
    LEAST_US,
    OCTAVES,
    RANK,
    SCATTER_US,
    Lags,
)

TOP_MHZ = 64_000
MOST_US = 400_000
DOSE = 1000


def taught(lags: Lags, lag_us: int, rate_mhz: int = TOP_MHZ) -> Lags:
    """A stop after which the meter came to rest on a whole count."""
    run_on_millipulses = rate_mhz * lag_us // 1_000_000
    at_millipulses = DOSE * 1000 - run_on_millipulses
    return lags.learned(
        TOP_MHZ, MOST_US, at_millipulses=at_millipulses, rate_mhz=rate_mhz, end_pulses=DOSE
    )


def lag_at_top(lags: Lags) -> int:
    return lags.points(TOP_MHZ, MOST_US)[-1][1]


def test_of_a_valve_that_nothing_is_known_of_the_fastest_is_assumed() -> None:
    assert Lags().points(TOP_MHZ, MOST_US) == ((TOP_MHZ, LEAST_US),)


def test_what_was_learned_comes_early_by_the_scatter_of_valves() -> None:
    assert lag_at_top(taught(Lags(), 200_000)) == 200_000 - SCATTER_US


@pytest.mark.parametrize(("lag_us", "believed_us"), [(5_000, LEAST_US), (900_000, MOST_US)])
def test_a_sample_beyond_belief_is_bounded(lag_us: int, believed_us: int) -> None:
    (row,) = [row for row in taught(Lags(), lag_us).samples if row]
    assert row == (believed_us,)


@pytest.mark.parametrize("odd_us", [50_000, 390_000])
@pytest.mark.parametrize(("odd", "moved"), [(1, False), (RANK - 1, False), (RANK, True)])
def test_one_or_two_odd_stops_change_nothing(odd_us: int, odd: int, moved: bool) -> None:
    lags = Lags()
    for _ in range(KEPT):
        lags = taught(lags, 200_000)
    for _ in range(odd):
        lags = taught(lags, odd_us)
    low = odd_us < 200_000 and moved
    assert lag_at_top(lags) == (odd_us if low else 200_000) - SCATTER_US


def test_only_the_newest_are_kept() -> None:
    lags = Lags()
    for lag_us in (*[100_000] * 50, *[250_000] * KEPT):
        lags = taught(lags, lag_us)
    assert lags.samples[-1] == (250_000,) * KEPT


@pytest.mark.parametrize(
    ("rate_mhz", "octave"), [(64_000, 5), (32_001, 5), (32_000, 4), (2001, 1), (2000, 0), (1, 0)]
)
def test_flows_are_kept_apart_by_halves_of_the_highest(rate_mhz: int, octave: int) -> None:
    samples = taught(Lags(), 100_000, rate_mhz).samples
    assert [bool(row) for row in samples] == [place == octave for place in range(OCTAVES)]


def test_a_flow_with_too_few_samples_borrows_from_faster_ones_first() -> None:
    lags = taught(Lags(), 90_000, 2_000)
    for _ in range(ENOUGH):
        lags = taught(lags, 200_000, 64_000)
    points = dict(lags.points(TOP_MHZ, MOST_US))
    assert points[24_000] == 200_000 - SCATTER_US
    lags = taught(lags, 300_000, 20_000)
    assert dict(lags.points(TOP_MHZ, MOST_US))[24_000] == 200_000 - SCATTER_US
    for _ in range(KEPT):
        lags = taught(lags, 150_000, 20_000)
    assert dict(lags.points(TOP_MHZ, MOST_US))[24_000] == 150_000 - SCATTER_US


@given(
    st.lists(st.tuples(st.integers(1, 100_000), st.integers(0, 10**6)), max_size=60),
    st.integers(1, 1_000_000),
)
def test_points_always_fit_what_a_driver_takes(stops: list[tuple[int, int]], top_mhz: int) -> None:
    lags = Lags()
    for rate_mhz, lag_us in stops:
        lags = taught(lags, lag_us, rate_mhz)
    points = lags.points(top_mhz, MOST_US)
    rates = [rate for rate, _ in points]
    assert 1 <= len(points) <= 6
    assert rates == sorted(set(rates))
    assert rates[0] >= 1
    assert all(LEAST_US <= lag_us <= MOST_US for _, lag_us in points)
