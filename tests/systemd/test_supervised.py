"""The watchdog is fed by the control loop's own turn, while every reader is asked, and else not."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.core.units import NS_PER_S
from gateway.runtime.notifying import ServiceManager
from gateway.runtime.supervised import Supervised

SECONDS_OF_WATCHDOG = 10


@dataclass
class Clock:
    now_ns: int = 0

    def monotonic_ns(self) -> int:
        return self.now_ns

    def utc_ns(self) -> int:
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * NS_PER_S)


@dataclass
class Reader:
    polls: int = 0


class Heard:
    """The service manager's end."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(os.fspath(path))
        self._socket.settimeout(0)

    def __call__(self) -> list[str]:
        told = []
        while True:
            try:
                told.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return told

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("n") / "notify"


@pytest.fixture
def heard(path: Path) -> Iterator[Heard]:
    heard = Heard(path)
    yield heard
    heard.close()


class Bench:
    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.readers = {1: Reader(), 2: Reader()}
        self.summary = "gateway, pumps 1, 2"
        manager = ServiceManager(
            {
                "NOTIFY_SOCKET": str(path),
                "WATCHDOG_USEC": str(SECONDS_OF_WATCHDOG * 1_000_000),
                "WATCHDOG_PID": str(os.getpid()),
            }
        )
        self.supervised = Supervised(manager, self.readers, self.clock, lambda: self.summary)

    def turn(self, seconds: float, *polled: int) -> None:
        self.clock.sleep(seconds)
        for number in polled:
            self.readers[number].polls += 1
        self.supervised.turn()


@pytest.fixture
def bench(path: Path) -> Bench:
    return Bench(path)


def test_ready_and_status(bench: Bench, heard: Heard) -> None:
    bench.supervised.ready()
    bench.turn(0.1, 1, 2)
    assert heard() == ["READY=1\nSTATUS=gateway, pumps 1, 2", "WATCHDOG=1"]
    bench.summary = "gateway, pumps 1, 2; sells nothing:\nledger_damaged"
    bench.turn(5, 1, 2)
    assert heard() == [
        "WATCHDOG=1",
        "STATUS=gateway, pumps 1, 2; sells nothing: ledger_damaged",
    ]


def test_fed_in_time_and_not_at_every_turn(bench: Bench, heard: Heard) -> None:
    bench.supervised.ready()
    heard()
    for _ in range(200):
        bench.turn(0.1, 1, 2)
    fed = heard().count("WATCHDOG=1")
    assert 20 / SECONDS_OF_WATCHDOG * 3 <= fed <= 20 / SECONDS_OF_WATCHDOG * 5


def test_a_reader_that_nobody_asks_starves_it(
    bench: Bench, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    bench.supervised.ready()
    bench.turn(1, 1, 2)
    heard()
    for _ in range(SECONDS_OF_WATCHDOG * 10):
        bench.turn(0.2, 1)
    assert heard() == []
    assert [record.getMessage() for record in caplog.records] == [
        "watchdog: not fed: nobody has asked the readers of pumps [2]"
    ]
    bench.turn(0.1, 2)
    assert heard() == ["WATCHDOG=1"]


def test_stopping_is_said_once_and_nothing_after_it(bench: Bench, heard: Heard) -> None:
    bench.supervised.ready()
    heard()
    bench.supervised.stop()
    for _ in range(3):
        bench.turn(5, 1, 2)
    assert heard() == ["STOPPING=1\nSTATUS=stopping: fills are settled and recorded"]


def test_without_a_service_manager_nothing_is_said() -> None:
    manager = ServiceManager({})
    manager.ready("here")
    manager.feed()
    assert manager.watchdog_ns is None


@pytest.mark.parametrize(
    "environment",
    [
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"},
    ],
)
def test_a_watchdog_that_is_not_ours(environment: dict[str, str]) -> None:
    assert ServiceManager(environment).watchdog_ns is None


def test_a_service_manager_that_has_gone_harms_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ServiceManager({"NOTIFY_SOCKET": str(path)}).feed()
    assert "does not hear" in caplog.text


def test_an_abstract_socket_is_told_too(tmp_path: Path) -> None:
    name = f"takar-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).feed()
        assert manager.recv(100) == b"WATCHDOG=1"
