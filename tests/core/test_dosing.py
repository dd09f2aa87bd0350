"""How much is reserved, and where the valve is told to shut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.dosing import Dosing, flow_ml
from gateway.core.units import Calibration
from tests.core.bench import make_rules

DOSING = make_rules().dosing


@st.composite
def dosings(draw: st.DrawFn) -> Dosing:
    litres = draw(st.integers(1, 5))
    return Dosing(
        Calibration(draw(st.integers(litres, 250 * litres)), litres),
        max_flow_ml_per_min=draw(st.integers(2000, 240_000)),
        valve_lag_ms=draw(st.integers(50, 1000)),
        timer_hold_ms=draw(st.integers(0, 1000)),
    )


stops = st.integers(100, 200_000)


@pytest.mark.parametrize(
    ("per_min", "ms", "volume_ml"),
    [(60_000, 1000, 1000), (60_000, 0, 0), (1, 1, 1), (60_000, 1, 1), (65_000, 600, 650)],
)
def test_a_flow_is_rounded_up(per_min: int, ms: int, volume_ml: int) -> None:
    assert flow_ml(per_min, ms) == volume_ml


def test_the_stop_bound_is_valve_and_timer_at_full_flow_and_a_pulse() -> None:
    assert DOSING.stop_bound_ml == 300 + 300 + 10


@pytest.mark.parametrize(
    ("per_min", "chunk_ml"), [(2000, 2000), (40_000, 2000), (40_020, 2001), (240_000, 12_000)]
)
def test_a_chunk_is_three_seconds_of_flow_but_two_litres_at_least(
    per_min: int, chunk_ml: int
) -> None:
    assert Dosing(Calibration(100), per_min, 300, 300).chunk_ml == chunk_ml


@pytest.mark.parametrize(("stop_ml", "first_ml"), [(100, 710), (3000, 3610), (3001, 3610)])
def test_the_first_reservation(stop_ml: int, first_ml: int) -> None:
    assert DOSING.first_reservation_ml(stop_ml) == first_ml


@pytest.mark.parametrize(
    ("delivered_ml", "stop_ml", "next_ml"),
    [
        (1499, 20_000, None),
        (1500, 20_000, 5110),
        (1501, 20_000, 5111),
        (2000, 3000, None),
        (2000, 3001, 3611),
        (2000, 4999, 5609),
        (2000, 5001, 5610),
    ],
)
def test_the_next_reservation(delivered_ml: int, stop_ml: int, next_ml: int | None) -> None:
    assert DOSING.next_reservation_ml(delivered_ml, 3610, stop_ml) == next_ml


@given(dosings(), stops, st.integers(0, 10**9), st.data())
def test_reservations_grow_cover_their_limit_and_end_at_the_stop(
    dosing: Dosing, stop_ml: int, start: int, data: st.DataObject
) -> None:
    volume = dosing.calibration.volume_ml
    reserved_ml = dosing.first_reservation_ml(stop_ml)
    for _ in range(50):
        limit = dosing.stop_at(start, reserved_ml, stop_ml, None).limit_pulses
        assert volume(limit) - volume(start) + dosing.stop_bound_ml <= reserved_ml
        assert reserved_ml <= stop_ml + dosing.stop_bound_ml
        count = data.draw(st.integers(start, max(start, limit)))
        delivered_ml = volume(count) - volume(start)
        next_ml = dosing.next_reservation_ml(delivered_ml, reserved_ml, stop_ml)
        if next_ml is not None:
            assert next_ml > reserved_ml
            reserved_ml = next_ml
    whole = dosing.stop_at(start, stop_ml + dosing.stop_bound_ml, stop_ml, None)
    assert whole.limit_pulses == dosing.calibration.last_pulse_within(start, stop_ml)


@given(dosings(), stops)
def test_whoever_reaches_a_limit_has_asked_for_more_or_stops(dosing: Dosing, stop_ml: int) -> None:
    reserved_ml = dosing.first_reservation_ml(stop_ml)
    covered_ml = reserved_ml - dosing.stop_bound_ml
    if covered_ml < stop_ml:
        assert dosing.next_reservation_ml(covered_ml, reserved_ml, stop_ml) is not None


@given(dosings(), st.integers(1, 100_000))
def test_no_flow_is_faster_than_the_least_time(dosing: Dosing, pulses: int) -> None:
    least_ns = dosing.least_ns(pulses)
    passed = dosing.max_flow_ml_per_min * least_ns
    assert (
        passed
        <= dosing.calibration.volume_ml(pulses) * 60 * 10**9
        < (passed + dosing.max_flow_ml_per_min)
    )
