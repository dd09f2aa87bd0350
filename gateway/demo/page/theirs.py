"""The third party's pump, as the page sees it once their station is open."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.demo.neighbour import THEIR_PUMP, Neighbour
from gateway.runtime.status import PumpSnapshot
from gateway.words import litres
from hardware.simulated.control import ForecourtControl

FIRST = 4810
"""The number of the last receipt before the demo."""
LEAST_ML = 10


class Receipts:
    """What their till prints when their nozzle is hung up."""

    def __init__(self) -> None:
        self._count = 0
        self.newest = ""

    def print(self, volume_ml: int) -> None:
        """By their own meter, in hundredths of a litre; nothing for nothing."""
        if volume_ml >= LEAST_ML:
            self._count += 1
            self.newest = f"receipt {FIRST + self._count:06d}: {litres(volume_ml)}"


class Theirs:
    """For one thread; it has a connection of its own to their forecourt."""

    def __init__(self, neighbour: Neighbour | None) -> None:
        self._neighbour = neighbour
        self._control: ForecourtControl | None = None

    @property
    def ledgers(self) -> list[Path]:
        return [self._neighbour.ledger] if self._neighbour is not None else []

    def close(self) -> None:
        if self._control is not None:
            self._control.close()

    def now(self) -> Iterator[tuple[dict[str, Any], PumpSnapshot | None]]:
        """Their pump by its number on the page, and what its gateway says; none while shut."""
        neighbour = self._neighbour
        if neighbour is None or neighbour.control is None or neighbour.watch is None:
            return
        if self._control is None:
            self._control = ForecourtControl(neighbour.socket)
        newest = neighbour.watch.newest
        for one in self._control.ask("status")["pumps"]:
            yield one | {"pump": THEIR_PUMP}, newest.pumps[0] if newest is not None else None
