"""Too much of everything at a console and at the gateway's two local sockets, until it is over."""

import os
import socket
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

STREAMS = 60
HALVES = 60
READERS = 40
CONNECT_S = 2.0


class Flood:
    """Threads that ask, and connections that only hang; `with` it, and count what was answered."""

    def __init__(self, address: str, status: Path) -> None:
        where = urlsplit(address)
        self._address = (where.hostname or "", where.port or 0)
        self._status = status
        self._over = threading.Event()
        self._held = ExitStack()
        self.answers: dict[str, int] = {"page": 0, "body": 0, "control": 0}
        self._threads = [
            threading.Thread(target=self._repeat, args=(kind, request), daemon=True)
            for kind, request in (
                ("page", b"GET /layar/1 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"),
                ("page", b"GET /masuk HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n"),
                (
                    "body",
                    b"POST /masuk/kode HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                    b"Content-Type: application/x-www-form-urlencoded\r\n"
                    b"Content-Length: 100000\r\n\r\n" + b"x" * 100_000,
                ),
            )
        ]
        self._threads.append(threading.Thread(target=self._control, daemon=True))

    def __enter__(self) -> "Flood":
        for _ in range(STREAMS):
            stream = b"GET /layar/1/aliran HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            self._hold(socket.AF_INET, self._address, stream)
        for _ in range(HALVES):
            self._hold(socket.AF_INET, self._address, b"GET / HTTP/1.1\r\nHost: 127.0.")
        for _ in range(READERS):
            self._hold(socket.AF_UNIX, os.fspath(self._status), b"open the valve\n")
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._held.close()

    def _hold(self, family: int, address: tuple[str, int] | str, sent: bytes) -> None:
        """Connect, send this and read nothing, ever."""
        with suppress(OSError):
            held = self._held.enter_context(socket.socket(family))
            held.settimeout(CONNECT_S)
            held.connect(address)
            held.sendall(sent)

    def _repeat(self, kind: str, request: bytes) -> None:
        while not self._over.is_set():
            with suppress(OSError), socket.create_connection(self._address, CONNECT_S) as asker:
                asker.sendall(request)
                if asker.recv(65_536):
                    self.answers[kind] += 1

    def _control(self) -> None:
        """Requests as fast as they are answered; each is refused, for there is no pump 4."""
        path = os.fspath(self._status.with_suffix(".control"))
        line = b'{"do":"pump.stop","pump":4,"by":"flood"}\n'
        while not self._over.is_set():
            with suppress(OSError), socket.socket(socket.AF_UNIX) as asker:
                asker.settimeout(CONNECT_S)
                asker.connect(path)
                while not self._over.is_set():
                    asker.sendall(line * 20)
                    if not asker.recv(65_536):
                        break
                    self.answers["control"] += 1
