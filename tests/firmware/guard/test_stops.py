from typing import Any

import pytest

from firmware.guard.stops import MAX_LAG_US, MAX_RATE_MHZ, MAX_SLOW_WITHIN_US, Stops

SLOW = {"slow_pulses": 5, "slow_rate_mhz": 1, "slow_within_us": 1}
DOSE: dict[str, Any] = {"dose_pulses": 10, "lags": ((1, 1),)}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        SLOW,
        DOSE,
        SLOW | DOSE,
        SLOW | {"slow_pulses": 10},
        SLOW | {"slow_rate_mhz": MAX_RATE_MHZ, "slow_within_us": MAX_SLOW_WITHIN_US},
        DOSE | {"lags": ((MAX_RATE_MHZ, MAX_LAG_US),)},
        DOSE | {"lags": tuple((rate, 1) for rate in range(1, 7))},
    ],
)
def test_takes_what_is_within_bounds(fields: dict[str, Any]) -> None:
    stops = Stops(10, **fields)
    assert {name: getattr(stops, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"limit_pulses": 0}, "limit 0: expected at least 1"),
        ({"limit_pulses": -3}, "limit -3: expected at least 1"),
        (SLOW | {"slow_pulses": 11}, "slow stage 11: expected 1 to the limit 10"),
        (SLOW | {"slow_pulses": 0}, "slow stage 0: expected 1 to the limit 10"),
        ({"slow_pulses": 5}, "rate of slow flow 0: expected 1 to 10000000"),
        (SLOW | {"slow_rate_mhz": MAX_RATE_MHZ + 1}, "rate of slow flow 10000001"),
        (SLOW | {"slow_within_us": 0}, "time until slow flow 0: expected 1 to 5000000"),
        (SLOW | {"slow_within_us": MAX_SLOW_WITHIN_US + 1}, "time until slow flow 5000001"),
        (DOSE | {"dose_pulses": 11}, "dose 11: expected 1 to the limit 10"),
        (DOSE | {"dose_pulses": 0}, "dose 0: expected 1 to the limit 10"),
        (DOSE | {"lags": ()}, "0 lags: a dose needs 1 to 6"),
        (DOSE | {"lags": tuple((rate, 1) for rate in range(1, 8))}, "7 lags: a dose needs 1 to 6"),
        (DOSE | {"lags": ((0, 1),)}, "rate of a lag 0: expected 1 to 10000000"),
        (DOSE | {"lags": ((MAX_RATE_MHZ + 1, 1),)}, "rate of a lag 10000001"),
        (DOSE | {"lags": ((1, 0),)}, "lag 0: expected 1 to 2000000"),
        (DOSE | {"lags": ((1, MAX_LAG_US + 1),)}, "lag 2000001"),
        (DOSE | {"lags": ((2, 1), (2, 1))}, "lag at 2 mHz: expected rates to rise"),
    ],
)
def test_refuses_what_is_not(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Stops(**({"limit_pulses": 10} | fields))


@pytest.mark.parametrize(
    ("rate_mhz", "lag_us"),
    [(1, 90), (10, 90), (11, 91), (20, 105), (29, 118), (30, 120), (40, 100), (50, 80), (51, 80)],
)
def test_the_lag_lies_on_straight_lines_between_its_points(rate_mhz: int, lag_us: int) -> None:
    stops = Stops(9, dose_pulses=9, lags=((10, 90), (30, 120), (50, 80)))
    assert stops.lag_us(rate_mhz) == lag_us


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ({}, {"limit_pulses": 9}, "limit 9: expected at least 10"),
        (DOSE, DOSE | {"dose_pulses": 9}, "dose 9: expected at least 10"),
        (SLOW, SLOW | {"slow_pulses": 4}, "slow stage 4: expected at least 5"),
        ({}, SLOW, "slow stage 5: expected at least 10"),
        ({}, DOSE | {"dose_pulses": 9}, "dose 9: expected at least 10"),
    ],
)
def test_a_raise_never_lowers(before: dict[str, Any], after: dict[str, Any], why: str) -> None:
    ten: dict[str, Any] = {"limit_pulses": 10}
    with pytest.raises(ValueError, match=why):
        Stops(**(ten | after)).check_raised_from(Stops(**(ten | before)))


@pytest.mark.parametrize("fields", [{}, SLOW, DOSE, SLOW | DOSE])
def test_the_same_or_more_is_a_raise(fields: dict[str, Any]) -> None:
    before = Stops(10, **fields)
    Stops(10, **fields).check_raised_from(before)
    Stops(11).check_raised_from(before)
