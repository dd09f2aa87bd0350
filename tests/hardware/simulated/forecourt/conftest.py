"""A pump on a bench, its edges at hand; and whole forecourts with raw clients."""

import json
import random
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from hardware.simulated.forecourt.edges import Edge, Edges
from hardware.simulated.forecourt.pump import SimulatedPump
from hardware.simulated.forecourt.server import ForecourtServer
from hardware.simulated.forecourt.settings import ForecourtSettings, PumpPhysics
from hardware.simulated.forecourt.world import World
from hardware.wiring import DEMO_WIRING

PINS = DEMO_WIRING[0].pins
MS = 1_000_000


class Bench:
    """Time moves only by `to` and `wait`; `edges` gathers all that happened."""

    def __init__(self, physics: PumpPhysics, seed: int, *, with_pico: bool = False) -> None:
        self._sink = Edges()
        self.edges: list[Edge] = []
        self.pump = SimulatedPump(
            PINS, physics, random.Random(seed), self._sink, with_pico=with_pico
        )
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
    def make(*, seed: int = 1, with_pico: bool = False, **physics: int) -> Bench:
        return Bench(PumpPhysics(number=1, **physics), seed, with_pico=with_pico)

    return make


class Client:
    """A raw connection: says what it is told to, hears line by line."""

    def __init__(self, path: Path, role: str | None = None) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.socket.connect(str(path))
        self._lines = self.socket.makefile("rb")
        self.greeting = {} if role is None else self.ask(hello=role, version=1)

    def say(self, line: bytes) -> None:
        self.socket.sendall(line + b"\n")

    def tell(self, **request: object) -> None:
        self.say(json.dumps(request).encode())

    def hear(self) -> dict[str, Any]:
        """The next line; EOFError when the forecourt has closed."""
        line = self._lines.readline()
        if not line:
            raise EOFError
        assert len(line) <= 64 * 1024
        answer: dict[str, Any] = json.loads(line)
        return answer

    def ask(self, **request: object) -> dict[str, Any]:
        self.tell(**request)
        return self.hear()

    def close(self) -> None:
        self._lines.close()
        self.socket.close()


class Forecourt:
    """A server on a thread, and the clients that a test makes."""

    def __init__(self, settings: ForecourtSettings, path: Path) -> None:
        self.path = path
        self.server = ForecourtServer(World(settings, folder=path.parent), path)
        self._thread = Thread(target=self.server.serve, name="forecourt")
        self._thread.start()
        self._clients: list[Client] = []

    def client(self, role: str | None = None) -> Client:
        client = Client(self.path, role)
        self._clients.append(client)
        return client

    def stop(self) -> None:
        self.server.stop()
        self._thread.join(20)
        for client in self._clients:
            client.close()


@pytest.fixture
def forecourt() -> Iterator[Callable[..., Forecourt]]:
    """Starts forecourts with the settings given; in simulated time unless told otherwise."""
    running: list[Forecourt] = []
    with tempfile.TemporaryDirectory(prefix="fc") as folder:  # a socket's path must be short

        def start(**settings: Any) -> Forecourt:
            path = Path(folder) / f"{len(running)}.sock"
            running.append(Forecourt(ForecourtSettings(**{"time": "simulated"} | settings), path))
            return running[-1]

        yield start
        for each in running:
            each.stop()
