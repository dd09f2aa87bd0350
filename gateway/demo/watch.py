"""The newest state of the gateway, read from its status socket, across its deaths and returns."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from gateway.runtime.status import PumpSnapshot, Snapshot

RETRY_S = 0.1


class Watch:
    """Follows the socket in a thread of its own; `wait` blocks until something is so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = threading.Condition()
        self._newest: Snapshot | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="watch", daemon=True)
        self._thread.start()

    @property
    def newest(self) -> Snapshot | None:
        """None while no gateway answers."""
        return self._newest

    def wait(self, wanted: Callable[[Snapshot], bool], within_s: float) -> bool:
        """Wait until a snapshot fits; False when the time is over."""

        def fits() -> bool:
            return self._newest is not None and wanted(self._newest)

        with self._changed:
            return self._changed.wait_for(fits, within_s)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._closing.is_set():
            with (
                contextlib.suppress(OSError, msgspec.MsgspecError),
                socket.socket(socket.AF_UNIX) as reader,
            ):
                reader.connect(os.fspath(self._path))
                reader.settimeout(RETRY_S)
                self._read(reader)
            self._set(None)
            self._closing.wait(RETRY_S)

    def _read(self, reader: socket.socket) -> None:
        pending = b""
        while not self._closing.is_set():
            try:
                data = reader.recv(65_536)
            except TimeoutError:
                continue
            if not data:
                return
            *lines, pending = (pending + data).split(b"\n")
            if lines:
                self._set(msgspec.json.decode(lines[-1], type=Snapshot))

    def _set(self, snapshot: Snapshot | None) -> None:
        with self._changed:
            self._newest = snapshot
            self._changed.notify_all()


def pump_of(snapshot: Snapshot, number: int) -> PumpSnapshot:
    """One pump's part of a snapshot."""
    return next(pump for pump in snapshot.pumps if pump.pump == number)
