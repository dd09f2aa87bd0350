"""What a configuration says of one pump, as its session's rules."""

from gateway.config.types import GatewayConfig, PumpSettings, Timeouts
from gateway.core.dosing import Dosing
from gateway.core.session import Rules
from gateway.core.units import NS_PER_MS, NS_PER_S, Calibration

PICO_TELLS_NS = 500 * NS_PER_MS
"""It tells a count that grows every 100 ms; the rest is for lines that were lost."""


def hold_ms(config: GatewayConfig, pump: PumpSettings) -> int:
    """Longest that the second contact stays made without a word from here; 0 without one."""
    if pump.limiter == "pico":
        return next(pico.lease_ms for pico in config.picos if pump.number in pico.pumps)
    return pump.timer_hold_ms if pump.pins.timer_feed is not None else 0


def rules_of(pump: PumpSettings, timeouts: Timeouts, limiter_hold_ms: int) -> Rules:
    dosing = Dosing(
        Calibration(pump.calibration_pulses, pump.calibration_litres),
        max_flow_ml_per_min=pump.max_flow_ml_per_min,
        valve_lag_ms=pump.valve_lag_ms,
        timer_hold_ms=limiter_hold_ms,
        slow_flow_ml_per_min=pump.slow_flow_ml_per_min,
        slow_ml=pump.slow_ml,
    )
    return Rules(
        pump.number,
        dosing,
        start_ns=timeouts.start_s * NS_PER_S,
        no_flow_ns=timeouts.no_flow_s * NS_PER_S,
        fill_ns=timeouts.fill_s * NS_PER_S,
        settle_ns=timeouts.settle_ms * NS_PER_MS,
        told_late_ns=PICO_TELLS_NS if pump.limiter == "pico" else 0,
    )
