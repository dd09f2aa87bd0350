"""Two-stage valves and doses: what the driver is told, in exact counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.dosing import Dosing, flow_ml
from gateway.core.lag import LEAST_US, Lags
from gateway.core.units import Calibration
from gateway.core.valve import StopAt

TWO_STAGE = Dosing(
    Calibration(100),
    max_flow_ml_per_min=120_000,
    valve_lag_ms=300,
    timer_hold_ms=0,
    slow_flow_ml_per_min=9001,
)
SINGLE = Dosing(Calibration(100), max_flow_ml_per_min=60_000, valve_lag_ms=300, timer_hold_ms=0)
COARSE = Dosing(Calibration(3), max_flow_ml_per_min=60_000, valve_lag_ms=300, timer_hold_ms=0)


def test_the_final_bound_is_that_of_slow_flow() -> None:
    assert (TWO_STAGE.stop_bound_ml, TWO_STAGE.final_bound_ml) == (610, 56)
    assert SINGLE.final_bound_ml == SINGLE.stop_bound_ml == 310


def test_a_quota_is_told_where_to_slow_down_and_how_fast_is_slow() -> None:
    told = TWO_STAGE.stop_at(0, 20_000 + 56, 20_000, None)
    # 20,000 ml less 760 ml of slow flow and 600 ml that pass until it is slow.
    assert told == StopAt(2000, 1864, 15_002 + 15_002 // 8 + 1, 300_000)


def test_a_slow_stage_beyond_what_is_durable_is_told_later() -> None:
    told = TWO_STAGE.stop_at(0, 6610, 20_000, None)
    assert told == StopAt(600)


@given(
    st.integers(1, 250),
    st.integers(5000, 240_000),
    st.integers(50, 1000),
    st.integers(500, 4999),
    st.integers(100, 60_000),
    st.integers(0, 10**9),
)
def test_a_first_stage_that_does_not_close_is_noticed_in_time(
    pulses: int, full: int, lag_ms: int, slow: int, stop_ml: int, start: int
) -> None:
    """Slowing down, noticing and shutting at full flow all fit into what is reserved."""
    dosing = Dosing(Calibration(pulses), full, lag_ms, 0, slow)
    reserved_ml = stop_ml + dosing.final_bound_ml
    told = dosing.stop_at(start, reserved_ml, stop_ml, None)
    if told.slow_pulses is None:
        return  # not a pulse fits before the stop
    volume = dosing.calibration.volume_ml
    slow_ml = volume(told.slow_pulses) - volume(start)
    noticed_ml = flow_ml(full, lag_ms + 30) + 3 * dosing.calibration.pulse_ml
    begins_slowly = told.slow_pulses <= max(1, start)
    assert begins_slowly or slow_ml + noticed_ml + dosing.stop_bound_ml <= reserved_ml
    assert told.slow_pulses <= max(1, told.limit_pulses)


def test_a_dose_ends_where_it_was_said_by_what_was_learned() -> None:
    told = SINGLE.stop_at(7, 5000 + 310, 5000, Lags())
    assert told == StopAt(507, dose_pulses=507, lags=((100_000, LEAST_US),))


@pytest.mark.parametrize("reserved_ml", [2000, 5309])
def test_a_dose_beyond_what_is_durable_is_told_later(reserved_ml: int) -> None:
    assert SINGLE.stop_at(0, reserved_ml, 5000, Lags()).dose_pulses is None


def test_where_less_than_a_pulse_runs_on_the_count_alone_ends_a_dose() -> None:
    assert COARSE.stop_at(0, 10_000, 5000, Lags()) == StopAt(15)
