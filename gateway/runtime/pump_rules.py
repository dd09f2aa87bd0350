"""What a configuration says of one pump, as its session's rules."""

from collections.abc import Mapping

from gateway.config.types import GatewayConfig, PumpSettings
from gateway.core.declaring import ThirdParty
from gateway.core.dosing import Dosing
from gateway.core.meters import NEW, Meter, in_force
from gateway.core.session import Rules
from gateway.core.units import NS_PER_MS, NS_PER_S, Calibration

PICO_TELLS_NS = 500 * NS_PER_MS
"""It tells a count that grows every 100 ms; the rest is for lines that were lost."""


def hold_ms(config: GatewayConfig, pump: PumpSettings) -> int:
    """Longest that the second contact stays made without a word from here; 0 without one."""
    if pump.limiter == "pico":
        return next(pico.lease_ms for pico in config.picos if pump.number in pico.pumps)
    fed = pump.pins is not None and pump.pins.timer_feed is not None
    return pump.timer_hold_ms if fed else 0


def configured_ratio(pump: PumpSettings) -> Calibration:
    """The pump's first ratio, until the ledger has another one."""
    return Calibration(pump.calibration_pulses, pump.calibration_litres)


def third_party(pump: PumpSettings) -> ThirdParty | None:
    """Whose pump it is; None: ours."""
    if pump.mode != "authorise_only" or pump.station is None:
        return None
    return ThirdParty(pump.station, pump.serve_within_s)


def rules_of(config: GatewayConfig, pump: PumpSettings, meters: Mapping[int, Meter]) -> Rules:
    """With the ratio in force, by what the ledger says of the pump's meter."""
    timeouts = config.timeouts
    dosing = Dosing(
        in_force(meters.get(pump.number, NEW), configured_ratio(pump)),
        max_flow_ml_per_min=pump.max_flow_ml_per_min,
        valve_lag_ms=pump.valve_lag_ms,
        timer_hold_ms=hold_ms(config, pump),
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
        third_party=third_party(pump),
        left_on_ns=timeouts.bypass_minutes * 60 * NS_PER_S,
        told_late_ns=PICO_TELLS_NS if pump.limiter == "pico" else 0,
    )
