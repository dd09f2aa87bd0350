"""Many fills at pumps of every kind, and how near each came to where it was to end."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.dosing import LEAST_FILL_ML
from gateway.core.units import ML_PER_L
from simulation.dosing.model import Done, Model, Wish
from simulation.dosing.pump import BenchPump

LEARNING_FILLS = 10
SINGLE_STAGE_MOST = 40_000
TOLERANCE_ML = 50
TOLERANCE_PULSES = 2
TROUBLES = ("stopped", "paused", "stays_fast", "not_topped_up")
LEAST_FLOW = 2000
RATIOS = ((1, 1), (2, 1), (7, 3), (10, 1), (25, 1), (47, 1), (50, 1), (100, 1), (333, 2), (250, 1))
FLOWS = (5000, 20_000, 40_000, 65_000, 120_000, 240_000)
LAGS_MS = (50, 90, 140, 180, 240, 300)


@dataclass(frozen=True)
class Result:
    """One fill against its wish, after learning or before."""

    model: Model
    done: Done

    @property
    def learned(self) -> bool:
        return self.done.number >= LEARNING_FILLS

    @property
    def judged(self) -> bool:
        """A preset that nothing but its own end has stopped, by no outlier of the valve."""
        return not self.done.wish.quota and self.done.ended_by == "preset" and not self.done.outlier

    @property
    def pulse_ml(self) -> int:
        return self.model.dosing.calibration.pulse_ml

    @property
    def over_ml(self) -> int:
        """Sold beyond the wish; negative: less than it."""
        return self.done.sold_ml - self.done.wish.stop_ml

    @property
    def too_much(self) -> bool:
        return self.over_ml > max(TOLERANCE_ML, TOLERANCE_PULSES * self.pulse_ml)

    @property
    def too_little(self) -> bool:
        return self.over_ml < -self.pulse_ml


def models(rng: random.Random) -> Iterator[Model]:
    """Every ratio with every highest flow; lags and the sign of their drift are drawn."""
    for pulses, litres in RATIOS:
        for max_flow in FLOWS:
            two_stage = max_flow > SINGLE_STAGE_MOST
            yield Model(
                pulses,
                litres,
                max_flow,
                lag_ms=rng.choice(LAGS_MS),
                slow_flow=rng.choice((4000, 8000, 12_000)) if two_stage else None,
                drift_ppm=rng.choice((-200, 200)),
            )


def wish(model: Model, rng: random.Random) -> Wish:
    dosing = model.dosing
    least_ml = max(LEAST_FILL_ML, 2 * dosing.calibration.pulse_ml, ML_PER_L)
    most_ml = max(4 * least_ml, model.max_flow // 3)
    trouble = rng.choice(TROUBLES) if rng.random() < 0.06 else ""
    quota = rng.random() < 0.3
    stop_ml = rng.randint(least_ml, most_ml) + (dosing.final_bound_ml if quota else 0)
    flow = rng.randint(min(LEAST_FLOW, model.max_flow), model.max_flow)
    return Wish(stop_ml, quota, flow, trouble)


def pump_fills(model: Model, fills: int, rng: random.Random) -> tuple[BenchPump, list[Result]]:
    """One pump's life: fills, and now and then a leak past the shut valve."""
    pump = BenchPump(model, rng)
    results = []
    for _ in range(fills):
        results.append(Result(model, pump.fill(wish(model, rng))))
        if rng.random() < 0.01:
            pump.leak(rng.randint(1, 2500))
    return pump, results
