"""A pump on a bench: driven directly, its edges at hand."""

import random
from collections.abc import Callable

import pytest

from hardware.simulated.forecourt.edges import Edge, Edges
from hardware.simulated.forecourt.pump import SimulatedPump
from hardware.simulated.forecourt.settings import PumpPhysics
from hardware.wiring import DEMO_WIRING

PINS = DEMO_WIRING[0].pins
MS = 1_000_000


class Bench:
    """Time moves only by `to` and `wait`; `edges` gathers all that happened."""

    def __init__(self, physics: PumpPhysics, seed: int) -> None:
        self._sink = Edges()
        self.edges: list[Edge] = []
        self.pump = SimulatedPump(PINS, physics, random.Random(seed), self._sink)
        self.feeding = False
        self._fed_ns = 0

    def to(self, target_ns: int) -> None:
        """Let time pass; feed the timer every 50 ms while `feeding`."""
        while self.pump.now_ns < target_ns:
            step_ns = min(target_ns, self.pump.next_ns)
            if self.feeding:
                step_ns = min(step_ns, self._fed_ns + 50 * MS)
            self.pump.advance(step_ns)
            if self.feeding and step_ns >= self._fed_ns + 50 * MS:
                self.feed()
        self.edges += self._sink.take()

    def wait(self, ms: float) -> None:
        self.to(self.pump.now_ns + round(ms * MS))

    def feed(self) -> None:
        self._fed_ns = self.pump.now_ns
        self.pump.drive_timer_feed(1)
        self.pump.drive_timer_feed(0)

    def open(self) -> None:
        self.pump.drive_enable(1)
        self.feeding = True
        self.feed()

    def start(self) -> None:
        """Lift, squeeze and open; full flow a second later."""
        self.pump.lift()
        self.pump.squeeze()
        self.open()
        self.wait(1000)

    def shut(self) -> None:
        self.feeding = False
        self.pump.drive_enable(0)

    def edges_of(self, pin: int) -> list[tuple[int, int]]:
        return [(at_ns, level) for at_ns, edge_pin, level in self.edges if edge_pin == pin]


@pytest.fixture(scope="session")
def bench() -> Callable[..., Bench]:
    def make(*, seed: int = 1, **physics: int) -> Bench:
        return Bench(PumpPhysics(number=1, **physics), seed)

    return make
