"""JSON lines over a Unix stream socket to the forecourt: one line out, one line in."""

import socket
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TypeVar

import msgspec

from hardware.ports import HardwareError

LINE_MAX_BYTES = 64 * 1024
ANSWER_TIMEOUT_S = 10.0
"""The forecourt answers in well under a millisecond; this long means it hangs."""

Answer = TypeVar("Answer")


class Refusal(msgspec.Struct, forbid_unknown_fields=True):
    error: str


class Wire:
    """One connection. HardwareError when there is no forecourt, it is lost or answers nonsense.

    Lines may be sent from any thread; only one thread at a time may wait for an answer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._send_lock = Lock()
        self._lost: str | None = None
        self._received = bytearray()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(ANSWER_TIMEOUT_S)
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise HardwareError(
                f"no forecourt at {path} ({error}): start one with `takar forecourt run`"
            ) from error

    @property
    def lost(self) -> str | None:
        """Why the connection is of no more use; None while it is."""
        return self._lost

    def check(self) -> None:
        """Raise HardwareError once the connection is lost."""
        if self._lost is not None:
            raise HardwareError(self._lost)

    def wait_for_ever(self) -> None:
        """From now on a silent forecourt is no error: it speaks when something happens."""
        self._socket.settimeout(None)

    def send(self, line: bytes) -> None:
        """Send one line, its newline included."""
        self.check()
        try:
            with self._send_lock:
                self._socket.sendall(line)
        except OSError as error:
            raise self.lose(f"cannot be written to ({error})") from error

    def receive(self, kind: type[Answer]) -> Answer:
        """Wait for the next line as a `kind`.

        A refusal ends the connection too: it may be for an output, which nobody waits for, and
        would leave every later answer out of step.
        """
        self.check()
        line = self._read_line()
        try:
            return msgspec.json.decode(line, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            refusal = _refusal(line)
            if refusal is not None:
                raise self.lose(f"refused: {refusal}") from error
            found = bytes(line[:80])
            raise self.lose(f"sent {found!r}, not the expected answer ({error})") from error

    def _read_line(self) -> bytes:
        while True:
            end = self._received.find(b"\n")
            if end > LINE_MAX_BYTES or (end < 0 and len(self._received) > LINE_MAX_BYTES):
                raise self.lose(f"sent a line of more than {LINE_MAX_BYTES} bytes")
            if end >= 0:
                line = bytes(self._received[:end])
                del self._received[: end + 1]
                return line
            try:
                chunk = self._socket.recv(LINE_MAX_BYTES)
            except OSError as error:
                raise self.lose(f"gave no answer ({error})") from error
            if not chunk:
                raise self.lose("closed the connection")
            self._received += chunk

    def lose(self, why: str) -> HardwareError:
        """Give the connection up, so that the forecourt sees it too; the error to raise."""
        if self._lost is None:
            self._lost = (
                f"forecourt at {self._path} {why}: see its own output, then start it again with "
                "`takar forecourt run` and restart the gateway"
            )
            self.close()
        return HardwareError(self._lost)

    def close(self) -> None:
        """Wake whoever waits for an answer, and free the socket."""
        if self._lost is None:
            self._lost = f"connection to the forecourt at {self._path} is closed"
        with suppress(OSError):  # the other end may have been quicker
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _refusal(line: bytes) -> str | None:
    try:
        return msgspec.json.decode(line, type=Refusal).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
