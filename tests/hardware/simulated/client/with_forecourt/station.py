"""One forecourt, and gateways that come and go."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hardware.ports import Clock
from hardware.simulated.client import ForecourtClient
from hardware.simulated.clock import SimulatedClock
from hardware.simulated.control import ForecourtControl
from hardware.simulated.pins import SimulatedFactory
from hardware.wiring import DEMO_WIRING

PINS = DEMO_WIRING[0].pins
MS = 1_000_000
VERSION_READ = bytes([0x80 | 0x37 << 1, 0])


class Station:
    """One forecourt, and gateways that come and go."""

    def __init__(self, path: Path, ends: ExitStack) -> None:
        self.path = path
        self._ends = ends
        self.control = ForecourtControl(path)
        ends.callback(self.control.close)

    def connect(self) -> ForecourtClient:
        client = ForecourtClient(self.path)
        self._ends.callback(client.close)
        return client

    def factory(self, client: ForecourtClient, clock: Clock | None = None) -> SimulatedFactory:
        return SimulatedFactory(client, clock or SimulatedClock(client))

    def pump(self) -> dict[str, Any]:
        status: dict[str, Any] = self.control.ask("status")["pumps"][0]
        return status


def wait_until(condition: Callable[[], bool]) -> None:
    """For what another process does in its own time."""
    done = threading.Event()
    for _ in range(1000):
        if condition():
            return
        done.wait(0.01)
    raise AssertionError("did not happen within 10 s")
