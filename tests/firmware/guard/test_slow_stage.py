import pytest

from firmware.guard.limiter import LIMIT_REACHED, NOT_SLOW, Limiter
from firmware.guard.stops import Stops

FAST_US, SLOW_US = 20_000, 120_000
WITHIN_US = 300_000
STOPS = Stops(100, slow_pulses=50, slow_rate_mhz=15_000, slow_within_us=WITHIN_US)


def opened(stops: Stops = STOPS) -> Limiter:
    limiter = Limiter()
    limiter.open(stops)
    return limiter


def pulse(limiter: Limiter, at_us: int, *intervals_us: int) -> int:
    for interval_us in intervals_us:
        if not limiter.is_open:
            break
        at_us += interval_us
        limiter.add(1, at_us)
    return at_us


def test_flows_slowly_from_its_count_on() -> None:
    limiter = opened()
    at_us = pulse(limiter, 0, *[FAST_US] * 49)
    assert limiter.slow is False
    pulse(limiter, at_us, FAST_US)
    assert limiter.slow is True
    assert limiter.is_open
    assert limiter.pulses_total == 50


def test_a_valve_that_went_slow_in_time_fills_to_the_limit() -> None:
    limiter = opened()
    pulse(limiter, 0, *[FAST_US] * 60, *[SLOW_US] * 60)
    assert limiter.shut_reason == LIMIT_REACHED
    assert limiter.pulses_total == 100
    assert limiter.slow is False


def test_a_valve_that_stays_fast_is_shut_once_it_had_its_time() -> None:
    limiter = opened()
    at_us = pulse(limiter, 0, *[FAST_US] * 99)
    assert limiter.shut_reason == NOT_SLOW
    due_us = 50 * FAST_US + WITHIN_US
    assert due_us < at_us <= due_us + 3 * FAST_US, "two spans that both began after it was due"


@pytest.mark.parametrize("odd_us", [FAST_US, 70_000])
def test_one_fast_interval_does_not_shut_a_slow_valve(odd_us: int) -> None:
    limiter = opened()
    at_us = pulse(limiter, 0, *[FAST_US] * 55, *[SLOW_US] * 10)
    pulse(limiter, at_us, odd_us, SLOW_US, SLOW_US)
    assert limiter.is_open


def test_a_valve_that_becomes_fast_again_is_shut() -> None:
    limiter = opened()
    pulse(limiter, 0, *[FAST_US] * 55, *[SLOW_US] * 10, FAST_US, FAST_US)
    assert limiter.shut_reason == NOT_SLOW


def test_just_the_rate_allowed_is_slow() -> None:
    stops = Stops(100, slow_pulses=1, slow_rate_mhz=50_000, slow_within_us=1)
    limiter = opened(stops)
    pulse(limiter, 0, *[FAST_US] * 20)
    assert limiter.is_open


def test_a_raise_beyond_the_count_flows_fast_again_and_starts_its_time_anew() -> None:
    limiter = opened()
    at_us = pulse(limiter, 0, *[FAST_US] * 55)
    limiter.raise_limit(Stops(300, slow_pulses=58, slow_rate_mhz=15_000, slow_within_us=WITHIN_US))
    assert limiter.slow is False
    at_us = pulse(limiter, at_us, *[FAST_US] * 3)
    assert limiter.slow is True
    pulse(limiter, at_us, *[FAST_US] * 14)
    assert limiter.is_open, "280 of its 300 ms have passed"


def test_a_raise_that_keeps_the_count_stays_slow() -> None:
    limiter = opened()
    pulse(limiter, 0, *[FAST_US] * 55)
    limiter.raise_limit(Stops(200, slow_pulses=51, slow_rate_mhz=15_000, slow_within_us=WITHIN_US))
    assert limiter.slow is True


def test_opening_within_the_slow_stage_is_slow_at_once() -> None:
    limiter = Limiter()
    pulse_count = 60
    limiter.add(pulse_count, 0)
    limiter.open(STOPS)
    assert limiter.slow is True
