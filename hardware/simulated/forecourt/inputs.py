"""What the gateway's input pins read of one pump: switches, contacts, pulser."""

from hardware.simulated.forecourt.edges import Edges
from hardware.wiring import PumpPins


class Inputs:
    """Tells every change as an edge. Nothing of a third party's pump is wired."""

    def __init__(self, pins: PumpPins | None, edges: Edges) -> None:
        self.levels: dict[int, int] = {}
        self._pins = pins
        self._edges = edges
        if pins is not None:
            self.levels = {pins.nozzle: 0, pins.pulser: 0, pins.enable_readback: 0}
            if pins.bypass is not None:
                self.levels[pins.bypass] = 0

    def begin(self, *, limiter: bool) -> None:
        """A contact that is made from the start is no edge."""
        if self._pins is not None and self._pins.timer_readback is not None:
            self.levels[self._pins.timer_readback] = int(limiter)

    def pulse(self, at_ns: int, level: int) -> None:
        if self._pins is not None:
            self.levels[self._pins.pulser] = level
            self._edges.pulses.append((at_ns, self._pins.pulser, level))

    def tell(
        self, now_ns: int, *, lifted: bool, enable: bool, limiter: bool, bypassed: bool
    ) -> None:
        """As nozzle, contacts and key are now."""
        pins = self._pins
        if pins is None:
            return
        self._signal(now_ns, pins.nozzle, lifted)
        self._signal(now_ns, pins.enable_readback, enable)
        if pins.timer_readback is not None:
            self._signal(now_ns, pins.timer_readback, limiter)
        if pins.bypass is not None:
            self._signal(now_ns, pins.bypass, bypassed)

    def _signal(self, now_ns: int, pin: int, level: bool) -> None:  # noqa: FBT001 - a level
        if self.levels[pin] != level:
            self.levels[pin] = int(level)
            self._edges.signals.append((now_ns, pin, int(level)))
