"""The stop is foreseen in whole numbers; here it is compared with exact fractions."""

from fractions import Fraction
from itertools import pairwise, product
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.guard.limiter import DOSE_REACHED, LIMIT_REACHED, Limiter
from firmware.guard.rate import SPAN_US
from firmware.guard.stops import MAX_LAG_US, MAX_RATE_MHZ, Stops

US_PER_S = 1_000_000
AFTER = 10_000
"""Pulses from dose to limit, out of reach."""


def dose(pulses: int, *lags: tuple[int, int]) -> Stops:
    return Stops(pulses + AFTER, dose_pulses=pulses, lags=lags)


def stopped_us(limiter: Limiter, rate_hz: Fraction) -> int:
    """Even flow, looked at when the limiter asks for it; the µs at which it shuts."""
    for pulse in range(1, limiter.limit_pulses + 1):
        at_us = ceil(pulse / rate_hz * US_PER_S)
        if limiter.due_us is not None and limiter.due_us < at_us:
            due_us = limiter.due_us
            assert not limiter.tick(due_us - 1)
            assert limiter.tick(due_us)
            return due_us
        if limiter.add(1, at_us):
            return at_us
    raise AssertionError("never stopped")


FLOWS_L_PER_MIN = (2, 5, 12, 25, 40, 65, 70, 120, 240)
LAGS_MS = (50, 90, 180, 300)
PULSES_PER_L = (1, 3, 10, 33, 100, 250)


@pytest.mark.parametrize("pulses_per_l", PULSES_PER_L)
def test_even_flow_ends_at_the_dose(pulses_per_l: int) -> None:
    """Within a twentieth of a pulse, where the valve needs just what was learned."""
    for flow, lag_ms in product(FLOWS_L_PER_MIN, LAGS_MS):
        rate_hz = Fraction(flow * pulses_per_l, 60)
        run_on = rate_hz * lag_ms / 1000
        learned = ceil(rate_hz / 50) + 3  # two points 10 ms apart make a rate
        for dose_pulses in (ceil(run_on) + learned, ceil(run_on) + learned + 117):
            limiter = Limiter()
            limiter.open(dose(dose_pulses, (1000, lag_ms * 1000)))
            at_us = stopped_us(limiter, rate_hz)
            delivered = rate_hz * at_us / US_PER_S + run_on
            assert abs(delivered - dose_pulses) < Fraction(1, 20), (flow, lag_ms, dose_pulses)
            assert limiter.shut_reason == DOSE_REACHED
            assert limiter.stopped_rate_mhz == pytest.approx(rate_hz * 1000, rel=2e-4, abs=1)


@given(
    interval_us=st.integers(SPAN_US, 40_000_000),
    missing=st.integers(1, 40),
    lags=st.lists(
        st.tuples(st.integers(1, MAX_RATE_MHZ), st.integers(1, MAX_LAG_US)),
        min_size=1,
        max_size=6,
        unique_by=lambda point: point[0],
    ).map(sorted),
)
def test_the_microsecond_is_the_first_at_which_the_dose_is_reached(
    interval_us: int, missing: int, lags: list[tuple[int, int]]
) -> None:
    limiter = Limiter()
    limiter.open(dose(2 + missing, *lags))
    limiter.add(1, interval_us)
    if not limiter.is_open:
        return
    shut = limiter.add(1, 2 * interval_us)
    rate_mhz = floor(Fraction(1_000_000_000, interval_us))
    run_on = Fraction(rate_mhz, 1000) * Fraction(lag_of(rate_mhz, lags), US_PER_S)

    def reached(at_us: int) -> bool:
        since = Fraction(at_us - 2 * interval_us, US_PER_S)
        return 2 + Fraction(rate_mhz, 1000) * since + run_on >= 2 + missing

    assert shut is reached(2 * interval_us)
    if shut:
        return
    if limiter.due_us is None:
        assert missing - run_on > 1, "the next pulse comes first"
    else:
        assert reached(limiter.due_us)
        assert not reached(limiter.due_us - 1)
        assert missing - run_on <= 1


def lag_of(rate_mhz: int, lags: list[tuple[int, int]]) -> int:
    if rate_mhz <= lags[0][0]:
        return lags[0][1]
    for (low, low_us), (high, high_us) in pairwise(lags):
        if rate_mhz <= high:
            share = Fraction(rate_mhz - low, high - low)
            return floor(low_us + share * (high_us - low_us))
    return lags[-1][1]


def flowing(limiter: Limiter, pulses: int, interval_us: int = 20_000) -> int:
    for pulse in range(1, pulses + 1):
        limiter.add(1, pulse * interval_us)
    return pulses * interval_us


@pytest.mark.parametrize("odd_us", [200, 9_000, 31_000, 900_000])
def test_one_odd_interval_does_not_change_the_rate(odd_us: int) -> None:
    limiter = Limiter()
    limiter.open(dose(1000, (1000, 100_000)))
    at_us = flowing(limiter, 10)
    assert limiter.rate_mhz == 50_000
    for interval_us in (odd_us, 20_000, 20_000):
        at_us += interval_us
        limiter.add(1, at_us)
        assert limiter.rate_mhz == 50_000


def test_a_fast_pulser_is_measured_over_ten_milliseconds() -> None:
    limiter = Limiter()
    limiter.open(dose(10_000, (1000, 100_000)))
    for pulse in range(1, 400):
        limiter.add(1, pulse * 200 + pulse % 2)  # 5 kHz, read a microsecond wrong now and then
    assert limiter.rate_mhz == pytest.approx(5_000_000, rel=1e-4)


def test_time_alone_never_shuts_beyond_the_next_pulse() -> None:
    """The driver lets go of the lever while the dose is still pulses away."""
    limiter = Limiter()
    limiter.open(dose(100, (1000, 100_000)))  # five pulses run on
    at_us = flowing(limiter, 93)
    assert limiter.due_us is None
    assert not limiter.tick(at_us + 3_600_000_000)
    assert limiter.is_open
    limiter.add(1, at_us + 20_000)
    assert limiter.due_us == at_us + 40_000


def test_without_a_rate_the_dose_is_a_count() -> None:
    limiter = Limiter()
    limiter.open(dose(1, (1000, 100_000)))
    assert limiter.due_us is None
    assert limiter.add(1, 5) is True
    assert limiter.shut_reason == DOSE_REACHED


def test_the_limit_comes_before_the_dose() -> None:
    limiter = Limiter()
    limiter.open(Stops(10, dose_pulses=10, lags=((1, 1),)))
    assert flowing(limiter, 10)
    assert limiter.shut_reason == LIMIT_REACHED


def test_a_raise_keeps_the_moment_that_was_foreseen() -> None:
    limiter = Limiter()
    limiter.open(Stops(106, dose_pulses=100, lags=((1000, 90_000),)))
    at_us = flowing(limiter, 95)
    assert limiter.due_us == at_us + 10_000
    limiter.raise_limit(Stops(200, dose_pulses=100, lags=((1000, 90_000),)))
    assert limiter.due_us == at_us + 10_000
    limiter.raise_limit(Stops(200, dose_pulses=200, lags=((1000, 90_000),)))
    assert limiter.due_us is None


def test_what_was_foreseen_is_gone_after_shutting_and_opening() -> None:
    limiter = Limiter()
    limiter.open(dose(100, (1000, 90_000)))
    at_us = flowing(limiter, 95)
    limiter.shut("nozzle")
    assert limiter.due_us is None
    assert not limiter.tick(at_us + 10_000)
    assert limiter.stopped_pulses == 95
    assert limiter.stopped_rate_mhz == 50_000
    limiter.open(dose(100, (1000, 90_000)))
    assert limiter.rate_mhz == 0
    assert limiter.due_us is None


def test_a_dose_already_delivered_does_not_open() -> None:
    limiter = Limiter()
    flowing(limiter, 5)
    with pytest.raises(ValueError, match="dose 5: expected above the 5 counted"):
        limiter.open(dose(5, (1, 1)))
