"""How much to reserve and where to stop, in exact integers.

The valve is told to shut at the stop; what can still pass then is at most the stop bound,
and every reservation holds it. So dispensed ≤ reserved, whatever dies at whatever moment.
"""

from dataclasses import dataclass

from gateway.core.units import ML_PER_L, Calibration

MS_PER_MINUTE = 60_000
LEAST_CHUNK_ML = 2 * ML_PER_L
CHUNK_MS = 3000
LEAST_FILL_ML = 100
"""A stop nearer than this is no fill worth opening the valve for."""


def flow_ml(flow_ml_per_min: int, duration_ms: int) -> int:
    """Volume that can pass at a flow in a time, rounded up."""
    return -(-flow_ml_per_min * duration_ms // MS_PER_MINUTE)


@dataclass(frozen=True, slots=True)
class Dosing:
    """One pump's meter, and the bounds that its hardware keeps."""

    calibration: Calibration
    max_flow_ml_per_min: int
    valve_lag_ms: int
    """Longest time from the command until the valve is shut."""
    timer_hold_ms: int
    """Longest time that the timer keeps its contact when the Pi dies; 0 where none is fitted."""

    @property
    def stop_bound_ml(self) -> int:
        """Most that can pass after the stop is due: a late Pi, then a slow valve, and one pulse."""
        late_ms = self.valve_lag_ms + self.timer_hold_ms
        return flow_ml(self.max_flow_ml_per_min, late_ms) + self.calibration.pulse_ml

    @property
    def run_on_ml(self) -> int:
        """Most that passes while the valve closes, when the Pi is not late; and one pulse."""
        return flow_ml(self.max_flow_ml_per_min, self.valve_lag_ms) + self.calibration.pulse_ml

    @property
    def chunk_ml(self) -> int:
        """One reservation without its stop bound."""
        return max(LEAST_CHUNK_ML, flow_ml(self.max_flow_ml_per_min, CHUNK_MS))

    def first_reservation_ml(self, stop_ml: int) -> int:
        """What must be durable before a fill that stops at `stop_ml` may begin."""
        return min(stop_ml, self.chunk_ml) + self.stop_bound_ml

    def next_reservation_ml(self, delivered_ml: int, reserved_ml: int, stop_ml: int) -> int | None:
        """The new total to reserve, once half a chunk is used; None while there is enough."""
        covered_ml = reserved_ml - self.stop_bound_ml
        if covered_ml >= stop_ml or covered_ml - delivered_ml > self.chunk_ml // 2:
            return None
        return min(stop_ml, delivered_ml + self.chunk_ml) + self.stop_bound_ml

    def limit_pulses(self, start_pulses: int, reserved_ml: int) -> int:
        """The cumulative count at which the driver shuts the valve by itself."""
        return self.calibration.last_pulse_within(start_pulses, reserved_ml - self.stop_bound_ml)

    def least_ns(self, pulses: int) -> int:
        """Shortest time in which that many pulses can come, at the highest flow."""
        volume_ml = self.calibration.volume_ml(pulses)
        return volume_ml * MS_PER_MINUTE * 1_000_000 // self.max_flow_ml_per_min
