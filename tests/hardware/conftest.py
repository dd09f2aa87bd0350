"""The simulated forecourt, serving in a thread of the test on a socket of its own."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hardware.simulated.forecourt.server import ForecourtServer
from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.simulated.forecourt.world import World


class Forecourts:
    """Any number of them; the test's end ends those that still run."""

    def __init__(self) -> None:
        self._ends: dict[Path, ExitStack] = {}

    def start(self, **settings: Any) -> Path:
        """Takes the fields of ForecourtSettings; the answer is where it listens."""
        with ExitStack() as running:
            # Not tmp_path: a Unix socket's path may have 107 bytes only.
            folder = running.enter_context(tempfile.TemporaryDirectory(prefix="takar-"))
            path = Path(folder) / "forecourt.sock"
            world = World(ForecourtSettings(**settings), folder=path.parent)
            server = ForecourtServer(world, path)
            thread = threading.Thread(target=server.serve)
            thread.start()
            running.callback(thread.join)
            running.callback(server.stop)
            self._ends[path] = running.pop_all()
        return path

    def stop(self, path: Path) -> None:
        self._ends.pop(path).close()

    def stop_all(self) -> None:
        for path in list(self._ends):
            self.stop(path)


@pytest.fixture
def forecourts() -> Iterator[Forecourts]:
    forecourts = Forecourts()
    yield forecourts
    forecourts.stop_all()


@pytest.fixture
def start_forecourt(forecourts: Forecourts) -> Callable[..., Path]:
    return forecourts.start
