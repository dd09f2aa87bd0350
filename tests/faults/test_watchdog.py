"""A real gateway tells its service manager that it lives while it does, and only then."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.core.reasons import Fault
from tests.faults.conftest import MakeStation
from tests.faults.records import WITHIN_S
from tests.faults.station import Station

WATCHDOG_S = 2
"""It is fed four times as often."""
FED = "WATCHDOG=1"


class ServiceManager:
    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(os.fspath(path))

    def next(self, within_s: float = WITHIN_S) -> str:
        """What it is told next. TimeoutError where that is nothing."""
        self._socket.settimeout(within_s)
        return self._socket.recv(4096).decode()

    def until(self, wanted: str) -> None:
        while not self.next().startswith(wanted):
            pass

    def some(self, count: int, within_s: float) -> None:
        for _ in range(count):
            self.next(within_s)

    def drain(self) -> None:
        """Forget what was told before now."""
        self._socket.settimeout(0)
        try:
            while True:
                self._socket.recv(4096)
        except BlockingIOError:
            return

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceManager]:
    manager = ServiceManager(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", str(WATCHDOG_S * 1_000_000))
    yield manager
    manager.close()


def test_it_is_fed_with_a_reader_unplugged_and_not_while_the_loop_hangs(
    manager: ServiceManager, make_station: MakeStation
) -> None:
    station: Station = make_station()
    station.start_forecourt()
    station.start_gateway()
    manager.until("READY=1\nSTATUS=gateway, pumps 1")
    manager.until(FED)
    station.control.ask("fault", pump=1, name="spi_dead", value=0)
    station.see("the reader's fault", lambda now: now.pumps[0].fault == Fault.READER_SILENT)
    manager.drain()
    for _ in range(3):
        manager.until(FED)  # a fault that is stated is no hang
    # The forecourt answers no poll any more: the loop stands in one, as in a driver that hangs.
    station.forecourt.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(TimeoutError):
            manager.some(3, within_s=WATCHDOG_S)  # what was under way may still come
    finally:
        station.forecourt.process.send_signal(signal.SIGCONT)
    manager.until(FED)
    station.gateway.process.send_signal(signal.SIGTERM)
    manager.until("STOPPING=1")
    assert station.gateway.stop() == 0
