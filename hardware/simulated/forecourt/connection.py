"""One client's socket: lines in, lines out, never blocking the loop."""

import socket
from collections.abc import Iterator

from hardware.simulated.forecourt.protocol import LINE_BYTES

UNSENT_BYTES = 4 * 1024 * 1024
"""A client that leaves this much unread is dropped."""


class Lost(Exception):
    """The connection is over. The text says why, for the client if it still listens."""


class Connection:
    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(0.0)
        self.sock = sock
        self.role: str | None = None
        """What its hello said; None before."""
        self.closed = False
        self.writing_watched = False
        """The loop waits for room in the socket."""
        self._in = bytearray()
        self._out = bytearray()

    @property
    def wants_to_write(self) -> bool:
        return bool(self._out)

    def lines(self) -> Iterator[bytes]:
        """Lines that have arrived whole. Lost at the end of the stream or of all patience."""
        try:
            chunk = self.sock.recv(LINE_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise Lost(str(error)) from error
        if not chunk:
            raise Lost("closed by the client")
        if not self._in and chunk.endswith(b"\n") and chunk.count(b"\n") == 1:
            yield chunk  # the usual case, not worth copying
            return
        self._in += chunk
        while (end := self._in.find(b"\n")) >= 0:
            line = bytes(self._in[:end])
            del self._in[: end + 1]
            if end >= LINE_BYTES:
                raise Lost(_too_long())
            yield line
        if len(self._in) >= LINE_BYTES:
            raise Lost(_too_long())

    def send(self, line: bytes) -> None:
        """Send a line, its newline excluded; what the socket does not take now waits."""
        self._out += line
        self._out += b"\n"
        self.flush()

    def flush(self) -> None:
        try:
            sent = self.sock.send(self._out)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise Lost(str(error)) from error
        del self._out[:sent]
        if len(self._out) > UNSENT_BYTES:
            raise Lost("does not read what it asked for")

    def close(self) -> None:
        self.closed = True
        self.sock.close()


def _too_long() -> str:
    return f"a line has more than {LINE_BYTES} bytes; send several shorter ones"
