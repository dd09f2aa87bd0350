"""Money and volume, at the edges where rounding could cost somebody something."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.units import MAX_SAFE_INTEGER, Calibration, amount_idr


@st.composite
def calibrations(draw: st.DrawFn) -> Calibration:
    litres = draw(st.integers(1, 1000))
    return Calibration(draw(st.integers(litres, 250 * litres)), litres)


counts = st.integers(0, 10**10)
volumes = st.integers(0, 10**7)


@pytest.mark.parametrize(
    ("volume_ml", "price", "amount"),
    [
        (0, 12_900, 0),
        (1000, 12_900, 12_900),
        (1, 499, 0),
        (1, 500, 1),
        (1, 501, 1),
        (3, 499, 1),
        (3, 500, 2),
        (38_500, 10_000, 385_000),
        (12_345, 12_950, 159_868),
    ],
)
def test_an_amount_is_rounded_half_up_once(volume_ml: int, price: int, amount: int) -> None:
    assert amount_idr(volume_ml, price) == amount


@given(volumes, st.integers(0, 10**6))
def test_an_amount_is_within_half_a_rupiah(volume_ml: int, price: int) -> None:
    exact = Fraction(volume_ml * price, 1000)
    assert -Fraction(1, 2) < amount_idr(volume_ml, price) - exact <= Fraction(1, 2)


@pytest.mark.parametrize(("volume_ml", "price"), [(-1, 100), (100, -1)])
def test_nothing_is_paid_back(volume_ml: int, price: int) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        amount_idr(volume_ml, price)


@pytest.mark.parametrize(
    ("pulses", "litres"), [(1, 1), (250, 1), (1000, 1000), (250_000, 1000), (7, 3)]
)
def test_calibrations_in_bounds(pulses: int, litres: int) -> None:
    assert Calibration(pulses, litres).volume_ml(pulses) == 1000 * litres


@pytest.mark.parametrize(
    ("pulses", "litres"), [(0, 1), (251, 1), (1, 0), (1, 2), (1001, 1001), (250_001, 1000)]
)
def test_calibrations_out_of_bounds(pulses: int, litres: int) -> None:
    with pytest.raises(ValueError, match=f"calibration {pulses} pulses / {litres} L"):
        Calibration(pulses, litres)


@given(calibrations(), st.lists(st.integers(0, 10_000), max_size=20))
def test_parts_of_a_count_add_up_to_the_millilitre(
    calibration: Calibration, steps: list[int]
) -> None:
    total, parts_ml = 0, 0
    for step in steps:
        parts_ml += calibration.volume_ml(total + step) - calibration.volume_ml(total)
        total += step
    assert parts_ml == calibration.volume_ml(total)
    assert parts_ml == int(Fraction(total * 1000 * calibration.litres, calibration.pulses))


@given(calibrations(), counts, volumes)
def test_the_last_pulse_within_a_volume_is_the_largest(
    calibration: Calibration, start: int, volume_ml: int
) -> None:
    last = calibration.last_pulse_within(start, volume_ml)
    volume = calibration.volume_ml
    assert volume(last) - volume(start) <= volume_ml < volume(last + 1) - volume(start)


@given(calibrations(), counts)
def test_a_pulse_is_never_more_than_its_volume(calibration: Calibration, count: int) -> None:
    one_ml = calibration.volume_ml(count + 1) - calibration.volume_ml(count)
    assert calibration.pulse_ml - 1 <= one_ml <= calibration.pulse_ml
    assert calibration.pulse_ml - 1 < Fraction(1000 * calibration.litres, calibration.pulses)


def test_the_largest_safe_integer_is_json_s() -> None:
    assert float(MAX_SAFE_INTEGER) == MAX_SAFE_INTEGER
    assert float(MAX_SAFE_INTEGER + 2) != MAX_SAFE_INTEGER + 2
