"""What a pump is like, what a fill is to be, and what became of it."""

from dataclasses import dataclass

from gateway.core.dosing import Dosing
from gateway.core.units import Calibration

VALVE_LAG_MS = 400
"""The configured bound: above every lag here, outliers too."""


@dataclass(frozen=True)
class Model:
    """What one pump is like; flows in ml/min."""

    pulses: int
    litres: int
    max_flow: int
    lag_ms: int
    slow_flow: int | None = None
    drift_ppm: int = 0
    """By how much the valve's lag changes with each fill."""

    @property
    def dosing(self) -> Dosing:
        return Dosing(
            Calibration(self.pulses, self.litres),
            max_flow_ml_per_min=self.max_flow,
            valve_lag_ms=VALVE_LAG_MS,
            timer_hold_ms=0,
            slow_flow_ml_per_min=self.slow_flow,
        )


@dataclass(frozen=True)
class Wish:
    """One fill as it is to be."""

    stop_ml: int
    quota: bool
    flow: int
    trouble: str = ""


@dataclass(frozen=True)
class Done:
    """One fill as it was."""

    wish: Wish
    number: int
    """Of this pump's fills, from 0."""
    sold_ml: int
    passed_nl: int
    """The truth, which no driver touches."""
    ended_by: str
    outlier: bool
    lag_ms: int
