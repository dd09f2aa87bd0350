"""The USB serial port without ever waiting for it."""

import select
import sys

import micropython

READ_MOST = 256
QUEUE_MOST = 4096
"""Bytes that wait for a host; a line that finds no room is dropped, for the next says all."""
BURST = 64
"""Bytes handed over a turn: with one poll each, about 2 ms."""


class Port:
    """Bytes go one by one, each after a look whether there is room: a longer piece could make
    MicroPython wait up to half a second for a host that does not read."""

    def __init__(self) -> None:
        micropython.kbd_intr(-1)  # 3 is a byte like any other
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._room = select.poll()
        self._room.register(sys.stdout, select.POLLOUT)
        self._queue = b""

    def read(self) -> bytes:
        """What has come, at most READ_MOST bytes."""
        received = bytearray()
        while len(received) < READ_MOST and self._poll.poll(0):
            received += sys.stdin.buffer.read(1)
        return bytes(received)

    def write(self, line: bytes) -> None:
        if len(self._queue) + len(line) <= QUEUE_MOST:
            self._queue += line

    def flush(self) -> None:
        """Hand over what fits now."""
        sent = 0
        while sent < min(BURST, len(self._queue)) and self._room.poll(0):
            sys.stdout.buffer.write(self._queue[sent : sent + 1])
            sent += 1
        self._queue = self._queue[sent:]
