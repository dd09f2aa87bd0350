"""A forecourt that misbehaves, line by line, as the real one never should."""

import json
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

HELLO: dict[str, Any] = {
    "ok": True,
    "now_ns": 1_000,
    "utc_ns": 5_000_000,
    "time": "simulated",
    "levels": {"24": 0, "25": 1},
}

Answer = Callable[[dict[str, Any]], bytes | None]


class Misbehaving:
    """Greets properly unless told otherwise; `answer` gives each later line's answer.

    An answer of b"" closes the connection. `heard` collects every line, `push` speaks unasked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.hello: bytes = json.dumps(HELLO).encode() + b"\n"
        self.answer: Answer = lambda _line: None
        self.heard: list[dict[str, Any]] = []
        self.connections: list[socket.socket] = []
        self._ears = threading.Condition()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # The client may hang up in the middle of an answer: most tests make it do so.
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            for raw in lines:
                line = json.loads(raw)
                with self._ears:
                    self.heard.append(line)
                    self._ears.notify_all()
                answer = self.hello if "hello" in line else self.answer(line)
                if answer == b"":
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                if answer is not None:
                    connection.sendall(answer)

    def wait_to_hear(self, count: int) -> list[dict[str, Any]]:
        with self._ears:
            assert self._ears.wait_for(lambda: len(self.heard) >= count, timeout=10), self.heard
            return self.heard[:count]

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()


@pytest.fixture
def misbehaving() -> Iterator[Misbehaving]:
    # Not tmp_path: a Unix socket's path may have 107 bytes only.
    with tempfile.TemporaryDirectory(prefix="takar-") as folder:
        server = Misbehaving(Path(folder) / "forecourt.sock")
        yield server
        server.close()
