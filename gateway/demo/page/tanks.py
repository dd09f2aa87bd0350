"""What still fits into the tank of the vehicle that stands at each pump."""

from dataclasses import dataclass


@dataclass(slots=True)
class _Tank:
    free_ml: int
    from_ml: int | None = None
    """What the pump had dispensed when its nozzle was lifted."""


class Tanks:
    """Volumes in ml; `dispensed_ml` is the pump's own count since it was made."""

    def __init__(self) -> None:
        self._of: dict[int, _Tank] = {}
        self._last_ml: dict[int, int] = {}

    def arrive(self, pump: int, free_ml: int) -> None:
        """A vehicle with so much free, unless one is being filled there already."""
        tank = self._of.get(pump)
        if tank is None or tank.from_ml is None:
            self._of[pump] = _Tank(free_ml)

    def lift(self, pump: int, dispensed_ml: int) -> None:
        tank = self._of.get(pump)
        if tank is not None and tank.from_ml is None:
            tank.from_ml = dispensed_ml

    def leave(self, pump: int, dispensed_ml: int) -> None:
        self._last_ml[pump] = self.filled_ml(pump, dispensed_ml)
        self._of.pop(pump, None)

    def shown_ml(self, pump: int, dispensed_ml: int) -> int:
        """As a dispenser shows it: until the nozzle is lifted again, what was filled last."""
        tank = self._of.get(pump)
        if tank is None or tank.from_ml is None:
            return self._last_ml.get(pump, 0)
        return self.filled_ml(pump, dispensed_ml)

    def filled_ml(self, pump: int, dispensed_ml: int) -> int:
        """By the vehicle that stands there, since its nozzle was lifted."""
        tank = self._of.get(pump)
        return dispensed_ml - tank.from_ml if tank is not None and tank.from_ml is not None else 0

    def free_ml(self, pump: int, dispensed_ml: int) -> int | None:
        """None: no vehicle stands there."""
        tank = self._of.get(pump)
        return tank.free_ml - self.filled_ml(pump, dispensed_ml) if tank is not None else None
