"""A pump's ratio worked out from draws into a test can. Exact fractions; nothing is a float."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from gateway.core.facts.calibration import DRAWS, LEAST_CAN_ML, MOST_CAN_ML, CanDraw, Ratio
from gateway.core.units import ML_PER_L, Calibration

PPM = 1_000_000
MOST_SPREAD_PPM = 1000
"""Repeatability of 0.1 %."""
MOST_CHANGE_PPM = 50_000
"""A meter that is further off than 5 % is broken, or the can was read wrongly."""
MOST_LITRES = 1000
"""Of a ratio: enough for half a thousandth at one pulse a litre, for 5 ppm at a hundred."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A ratio that a technician may accept, and what it rests on."""

    before: Calibration
    after: Calibration
    draws: tuple[CanDraw, ...]
    spread_ppm: int
    """Rounded up."""
    error_before_ppm: int
    error_after_ppm: int
    """Shown by the meter beyond what was in the can, of all draws together."""


def propose(before: Calibration, draws: Sequence[CanDraw]) -> Proposal:
    """The ratio nearest to what all draws together say.

    ValueError says what was expected of them, what was found, and what to do.
    """
    if len(draws) != DRAWS:
        raise ValueError(f"expected {DRAWS} draws, found {len(draws)}: draw again")
    for draw in draws:
        refuse_reading(draw.can_ml)
    spread = _spread(draws)
    if spread * PPM > MOST_SPREAD_PPM:
        raise ValueError(
            f"the draws differ by {ceil(spread * PPM)} ppm, expected at most {MOST_SPREAD_PPM} "
            "(0.1 %): look for air, a leaking valve or a wet can, and draw all three again"
        )
    rate = _rate(draws)
    error_before = rate / _of(before) - 1
    if abs(error_before) * PPM > MOST_CHANGE_PPM:
        raise ValueError(
            f"the meter is {round(error_before * PPM)} ppm off, expected at most "
            f"{MOST_CHANGE_PPM} (5 %): check meter, pulser and the configured ratio"
        )
    nearest = rate.limit_denominator(MOST_LITRES)
    try:
        after = Calibration(nearest.numerator, nearest.denominator)
    except ValueError as error:
        raise ValueError(
            f"{error}; set the pulser itself to another number a litre, and the configuration too"
        ) from error
    return Proposal(
        before,
        after,
        tuple(draws),
        spread_ppm=ceil(spread * PPM),
        error_before_ppm=round(error_before * PPM),
        error_after_ppm=round((rate / nearest - 1) * PPM),
    )


def refuse_reading(can_ml: int) -> None:
    """ValueError unless so much can be read from a 20 L test can."""
    if not LEAST_CAN_ML <= can_ml <= MOST_CAN_ML:
        raise ValueError(
            f"{can_ml} ml, expected {LEAST_CAN_ML} to {MOST_CAN_ML} ml in a 20 L test can: "
            "read it again, or draw again"
        )


def ratio_of(calibration: Calibration) -> Ratio:
    return Ratio(calibration.pulses, calibration.litres)


def _spread(draws: Sequence[CanDraw]) -> Fraction:
    """Between the largest and the smallest, as part of the whole."""
    rates = [_rate([draw]) for draw in draws]
    return (max(rates) - min(rates)) / _rate(draws)


def _rate(draws: Sequence[CanDraw]) -> Fraction:
    """Pulses a litre."""
    pulses = sum(draw.pulses for draw in draws)
    return Fraction(pulses * ML_PER_L, sum(draw.can_ml for draw in draws))


def _of(calibration: Calibration) -> Fraction:
    return Fraction(calibration.pulses, calibration.litres)
