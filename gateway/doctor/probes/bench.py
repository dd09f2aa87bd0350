"""A station's pins while its gateway is stopped, and time to look at them."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from gateway.config.types import GatewayConfig
from gateway.core.units import NS_PER_MS, NS_PER_S
from hardware.assemble import open_ground
from hardware.simulated.clock import SimulatedClock

LOOK_NS = 5 * NS_PER_MS


class Bench:
    """Open from its creation to `close`; HardwareError where there are no pins."""

    def __init__(self, config: GatewayConfig) -> None:
        hardware = config.hardware
        self._opened = ExitStack()
        socket = Path(hardware.forecourt_socket)
        self.folder = socket.absolute().parent if hardware.kind == "simulated" else None
        """Of a simulated forecourt's serial ports; None: the machine's."""
        self.clock, self.factory = open_ground(hardware.kind, socket, self._opened)

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._opened.close()

    def wait(self, duration_ns: int) -> None:
        """Let time pass: the machine's, or that of a forecourt on simulated time."""
        clock = self.clock
        if not isinstance(clock, SimulatedClock):
            clock.sleep(duration_ns / NS_PER_S)
            return
        end_ns = clock.monotonic_ns() + duration_ns
        while clock.monotonic_ns() < end_ns:
            clock.advance(end_ns)

    def until(self, seen: Callable[[], bool], within_ns: int) -> int | None:
        """Wait until it is seen: after how many ms; None if it never was."""
        begun_ns = self.clock.monotonic_ns()
        while not seen():
            if self.clock.monotonic_ns() - begun_ns >= within_ns:
                return None
            self.wait(LOOK_NS)
        return (self.clock.monotonic_ns() - begun_ns) // NS_PER_MS
