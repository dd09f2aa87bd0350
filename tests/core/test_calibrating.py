"""A ratio from three draws: the figures by hand, and whatever meter they are drawn with."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.calibrating import MOST_CHANGE_PPM, propose, ratio_of, refuse_reading
from gateway.core.facts import CanDraw, Ratio
from gateway.core.units import Calibration

CONFIGURED = Calibration(100)


def drawn(*pulses: int, can_ml: int = 20_000) -> list[CanDraw]:
    return [CanDraw(each, can_ml) for each in pulses]


def test_a_meter_that_shows_too_much_gets_more_pulses_a_litre() -> None:
    """6,072 pulses for 60 L are 101.2 a litre: 1.2 % more than the configuration says."""
    found = propose(CONFIGURED, drawn(2_024, 2_023, 2_025))
    assert ratio_of(found.after) == Ratio(506, 5)
    assert (found.error_before_ppm, found.error_after_ppm) == (12_000, 0)
    assert found.spread_ppm == 989  # 2 of 2,024 pulses, rounded up
    assert found.before == CONFIGURED
    assert found.draws == tuple(drawn(2_024, 2_023, 2_025))


def test_a_meter_that_shows_too_little() -> None:
    found = propose(CONFIGURED, drawn(1_976, 1_976, 1_976))
    assert ratio_of(found.after) == Ratio(494, 5)
    assert (found.error_before_ppm, found.error_after_ppm) == (-12_000, 0)


def test_a_right_meter_keeps_its_ratio() -> None:
    found = propose(CONFIGURED, drawn(2_000, 2_000, 2_000))
    assert found.after == CONFIGURED
    assert (found.error_before_ppm, found.error_after_ppm, found.spread_ppm) == (0, 0, 0)


@pytest.mark.parametrize("count", [0, 2, 4])
def test_three_draws_or_none(count: int) -> None:
    with pytest.raises(ValueError, match=f"expected 3 draws, found {count}"):
        propose(CONFIGURED, drawn(*[2_000] * count))


def test_draws_that_differ_by_more_than_a_thousandth_prove_nothing() -> None:
    assert propose(CONFIGURED, drawn(1_999, 2_000, 2_001)).spread_ppm == 1_000
    with pytest.raises(ValueError, match=r"differ by 1499 ppm, expected at most 1000"):
        propose(CONFIGURED, drawn(2_001, 2_003, 2_004))


def test_the_can_counts_too_not_the_pulses_alone() -> None:
    two_short = [*drawn(2_000, 2_000), CanDraw(2_000, 19_970)]
    with pytest.raises(ValueError, match="differ by 1502 ppm"):
        propose(CONFIGURED, two_short)


@pytest.mark.parametrize("pulses", [2_100, 1_900])
def test_five_percent_off_is_the_most(pulses: int) -> None:
    assert abs(propose(CONFIGURED, drawn(*[pulses] * 3)).error_before_ppm) == MOST_CHANGE_PPM


@pytest.mark.parametrize("pulses", [2_101, 1_899])
def test_a_meter_that_is_further_off_is_broken(pulses: int) -> None:
    with pytest.raises(ValueError, match=r"50500 ppm off, expected at most 50000"):
        propose(CONFIGURED, drawn(*[pulses] * 3))


@pytest.mark.parametrize("can_ml", [-1, 0, 17_999, 22_001, 2**62])
def test_a_can_of_20_litres_holds_no_such_amount(can_ml: int) -> None:
    with pytest.raises(ValueError, match="expected 18000 to 22000 ml"):
        refuse_reading(can_ml)
    with pytest.raises(ValueError, match="expected 18000 to 22000 ml"):
        propose(CONFIGURED, [*drawn(2_000, 2_000), CanDraw(2_000, can_ml)])


@pytest.mark.parametrize("can_ml", [18_000, 22_000])
def test_the_bounds_themselves_can_be_read(can_ml: int) -> None:
    refuse_reading(can_ml)


def test_a_ratio_beyond_what_a_meter_may_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"250 pulses.*set the pulser itself"):
        propose(Calibration(250), drawn(5_050, 5_050, 5_050))


@given(
    st.integers(1_000, 250_000),
    st.integers(-45_000, 45_000),
    st.lists(st.integers(19_000, 21_000), min_size=3, max_size=3),
)
def test_what_is_proposed_is_exact_to_half_a_thousandth(
    pulses_per_1000_l: int, off_ppm: int, cans_ml: list[int]
) -> None:
    """Or it is refused: for a coarse meter's one pulse is more than is tolerated."""
    before = Calibration(pulses_per_1000_l, 1000)
    true = Fraction(pulses_per_1000_l * (1_000_000 + off_ppm), 1_000_000_000)
    draws = [CanDraw(max(1, round(true * can_ml / 1000)), can_ml) for can_ml in cans_ml]
    try:
        found = propose(before, draws)
    except ValueError:
        return
    measured = Fraction(sum(d.pulses for d in draws) * 1000, sum(cans_ml))
    after = Fraction(found.after.pulses, found.after.litres)
    assert abs(measured / after - 1) <= Fraction(1, 2000)
    assert abs(found.error_after_ppm) <= min(500, abs(found.error_before_ppm))
