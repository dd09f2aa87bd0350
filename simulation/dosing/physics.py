"""Fuel behind one valve: where the disc stands at any instant, in whole nanolitres."""

from dataclasses import dataclass, field

from gateway.core.units import ML_PER_L, Calibration
from hardware.simulated.forecourt.flow import NL_PER_ML, Segment
from hardware.simulated.forecourt.valve import PPM, Valve


@dataclass
class Line:
    """Valve, fuel and pulser's disc. Time never goes back; `until` says what comes first."""

    calibration: Calibration
    now_ns: int = 0
    full_ml_per_min: int = 0
    """What flows through the open valve, by the lever and the pump."""
    _valve: Valve = field(default_factory=lambda: Valve.shut(0))
    _segment: Segment = field(default_factory=lambda: Segment(0, 0, 0))

    @property
    def volume_nl(self) -> int:
        return self._segment.volume_at(self.now_ns)

    @property
    def pulses(self) -> int:
        per_nl = ML_PER_L * self.calibration.litres * NL_PER_ML
        return self.volume_nl * self.calibration.pulses // per_nl

    @property
    def at_rest(self) -> bool:
        """Nothing flows, and nothing will."""
        segment = self._segment
        return not segment.rate_nl_per_min and not segment.change_nl_per_min

    def drive(self, *, to_ppm: int, lag_ns: int) -> None:
        """Command the valve."""
        self._valve = self._valve.command(self.now_ns, to_ppm=to_ppm, lag_ns=lag_ns)
        self._renew()

    def squeeze(self, full_ml_per_min: int) -> None:
        self._renew()
        self.full_ml_per_min = full_ml_per_min
        self._renew()

    def leak(self, volume_ml: int) -> None:
        """So much passes by the shut valve."""
        start_nl = self.volume_nl + volume_ml * NL_PER_ML
        self._segment = Segment(self.now_ns, start_nl, 0)

    def reach(self, pulses: int, by_ns: int) -> None:
        """Let time pass until that count, or `by_ns`, whichever is first."""
        while self.now_ns < by_ns:
            change_ns = self._valve.next_change_ns(self.now_ns)
            at_ns = self._segment.when(self._nl_of(pulses))
            end_ns = min(by_ns, by_ns if change_ns is None else change_ns)
            if at_ns is not None and at_ns <= end_ns:
                self.now_ns = max(self.now_ns, at_ns)
                return
            self.now_ns = end_ns
            self._renew()

    def _nl_of(self, pulses: int) -> int:
        return -(
            -pulses * ML_PER_L * self.calibration.litres * NL_PER_ML // self.calibration.pulses
        )

    def _renew(self) -> None:
        """Begin the stretch of flow that starts now."""
        valve, now_ns, full = self._valve, self.now_ns, self.full_ml_per_min
        opening = valve.opening_at(now_ns)
        change, span_ns = 0, 1
        if valve.from_ns <= now_ns < valve.to_ns:
            change, span_ns = full * (valve.to_ppm - opening), valve.to_ns - now_ns
        self._segment = Segment(now_ns, self.volume_nl, full * opening, change, span_ns)


OPEN_PPM = PPM
