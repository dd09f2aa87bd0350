"""How much to reserve and where to stop, in exact integers.

The valve is told to shut at the stop; what can still pass then is at most the stop bound,
and every reservation holds it. So dispensed ≤ reserved, whatever dies at whatever moment.
"""

from dataclasses import dataclass
from functools import cached_property

from msgspec.structs import replace

from gateway.core.lag import Lags
from gateway.core.units import ML_PER_L, US_PER_MS, Calibration
from gateway.core.valve import StopAt

MS_PER_MINUTE = 60_000
LEAST_CHUNK_ML = 2 * ML_PER_L
CHUNK_MS = 3000
MOST_PRESET_ML = 1_000_000
SLOW_ML = 760
"""What two-stage valves usually let flow slowly before the end (FIELD.md)."""
NOTICE_MS = 30
"""Three spans in which the limiter reads a rate, and sees that flow is not slow."""
NOTICE_PULSES = 4
LEAST_FILL_ML = 100
"""A stop nearer than this is no fill worth opening the valve for."""


def flow_ml(flow_ml_per_min: int, duration_ms: int) -> int:
    """Volume that can pass at a flow in a time, rounded up."""
    return -(-flow_ml_per_min * duration_ms // MS_PER_MINUTE)


@dataclass(frozen=True)
class Dosing:
    """One pump's meter, and the bounds that its hardware keeps."""

    calibration: Calibration
    max_flow_ml_per_min: int
    valve_lag_ms: int
    """Longest time from the command until the valve is shut."""
    timer_hold_ms: int
    """Longest time that the limiter keeps its contact when the Pi dies and none holds the count:
    the timer's hold; 0 where a co-processor stops by itself, or nothing is fitted."""
    slow_flow_ml_per_min: int | None = None
    """Highest flow of the slow stage; None for a single-stage valve."""
    slow_ml: int = SLOW_ML
    """Volume that a two-stage valve lets flow slowly before the end."""

    @cached_property
    def stop_bound_ml(self) -> int:
        """Most that can pass after the stop is due: a late Pi, then a slow valve, and one pulse."""
        return self._passes_ml(self.max_flow_ml_per_min)

    @cached_property
    def final_bound_ml(self) -> int:
        """The same at the end of a fill, where a two-stage valve flows slowly."""
        if self.slow_flow_ml_per_min is None:
            return self.stop_bound_ml
        return self._passes_ml(self.slow_flow_ml_per_min)

    @cached_property
    def chunk_ml(self) -> int:
        """One reservation without its stop bound."""
        return max(LEAST_CHUNK_ML, flow_ml(self.max_flow_ml_per_min, CHUNK_MS))

    @cached_property
    def top_mhz(self) -> int:
        """The meter's rate at the highest flow, in pulses per 1,000 seconds; at least 1."""
        ratio = self.calibration
        return max(1, self.max_flow_ml_per_min * ratio.pulses // (60 * ratio.litres))

    @property
    def most_lag_us(self) -> int:
        return self.valve_lag_ms * US_PER_MS

    def first_reservation_ml(self, stop_ml: int) -> int:
        """What must be durable before a fill that stops at `stop_ml` may begin."""
        return min(stop_ml + self.final_bound_ml, self.chunk_ml + self.stop_bound_ml)

    def next_reservation_ml(self, delivered_ml: int, reserved_ml: int, stop_ml: int) -> int | None:
        """The new total to reserve, once half a chunk is used; None while there is enough."""
        covered_ml = self.covered_ml(reserved_ml, stop_ml)
        if covered_ml >= stop_ml or covered_ml - delivered_ml > self.chunk_ml // 2:
            return None
        more_ml = delivered_ml + self.chunk_ml + self.stop_bound_ml
        return min(stop_ml + self.final_bound_ml, more_ml)

    def covered_ml(self, reserved_ml: int, stop_ml: int) -> int:
        """How far a fill may go on what is reserved: `stop_ml` when that is covered, or where it
        must stop at full flow if no more becomes durable."""
        if reserved_ml >= stop_ml + self.final_bound_ml:
            return stop_ml
        return max(0, reserved_ml - self.stop_bound_ml)

    def limit_pulses(self, start_pulses: int, reserved_ml: int, stop_ml: int) -> int:
        """The count at which the driver must shut the valve."""
        covered_ml = self.covered_ml(reserved_ml, stop_ml)
        return self.calibration.last_pulse_within(start_pulses, covered_ml)

    def stop_at(
        self, start_pulses: int, reserved_ml: int, stop_ml: int, lags: Lags | None
    ) -> StopAt:
        """What the driver is told. With `lags` the fill comes to rest at `stop_ml`, told to shut
        so much earlier; without, it is told to shut there and not before."""
        covered_ml = self.covered_ml(reserved_ml, stop_ml)
        limit_pulses = self.limit_pulses(start_pulses, reserved_ml, stop_ml)
        slow = self._slow(start_pulses, stop_ml)
        # What lies beyond a limit that is to be raised yet is told with the raise.
        stop = StopAt(limit_pulses)
        if slow is not None and slow[0] <= limit_pulses:
            stop = StopAt(limit_pulses, *slow)
        if lags is None or covered_ml < stop_ml or self._runs_on_a_pulse_at_most:
            return stop
        points = lags.points(self.top_mhz, self.most_lag_us)
        return replace(stop, dose_pulses=limit_pulses, lags=points)

    def least_ns(self, pulses: int) -> int:
        """Shortest time in which that many pulses can come, at the highest flow."""
        volume_ml = self.calibration.volume_ml(pulses)
        return volume_ml * MS_PER_MINUTE * 1_000_000 // self.max_flow_ml_per_min

    @property
    def _runs_on_a_pulse_at_most(self) -> bool:
        """Then the count alone ends a dose within tolerance, and a rate read from so few pulses
        could only spoil it."""
        flow = self.slow_flow_ml_per_min or self.max_flow_ml_per_min
        return flow_ml(flow, self.valve_lag_ms) <= self.calibration.pulse_ml

    def _passes_ml(self, flow_ml_per_min: int) -> int:
        late_ms = self.valve_lag_ms + self.timer_hold_ms
        return flow_ml(flow_ml_per_min, late_ms) + self.calibration.pulse_ml

    def _slow(self, start_pulses: int, stop_ml: int) -> tuple[int, int, int] | None:
        """(slow_pulses, slow_rate_mhz, slow_within_us). So early that a first stage which does not
        close is noticed while all that still passes at full flow fits into what is reserved."""
        if self.slow_flow_ml_per_min is None:
            return None
        full, ratio = self.max_flow_ml_per_min, self.calibration
        settles_ml = flow_ml(full, self.valve_lag_ms)
        noticed_ml = settles_ml + flow_ml(full, NOTICE_MS) + NOTICE_PULSES * ratio.pulse_ml
        sure_ml = stop_ml + self.final_bound_ml - self.stop_bound_ml - noticed_ml
        from_ml = min(stop_ml - self.slow_ml - settles_ml, sure_ml)
        slow_pulses = ratio.last_pulse_within(start_pulses, max(0, from_ml))
        slow_mhz = -(-self.slow_flow_ml_per_min * ratio.pulses // (60 * ratio.litres))
        # A rate is read from few pulses: an eighth above the highest slow flow is still slow.
        return max(1, slow_pulses), slow_mhz + slow_mhz // 8 + 1, self.most_lag_us
