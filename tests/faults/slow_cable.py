"""A cable that carries so many bytes a second each way, and breaks again and again."""

import asyncio
import socket
import threading
from collections import Counter
from random import Random
from typing import Literal

CHUNK_BYTES = 1024
"""What passes at once."""
HELD_BYTES = 8 * 1024
"""What the cable itself may hold; the rest waits with the sender, as at a modem."""
Way = Literal["down", "up"]


class SlowCable:
    """Listens on a free port of this machine, forwards to a broker, in a thread of its own.

    It is quick and whole until `slow_down`. Then each connection ends after `cut_every_s` on
    average, drawn from `seed`; what is on its way is lost. The next one may be made at once.
    """

    def __init__(self, port: int, *, bytes_per_s: int, cut_every_s: float, seed: int) -> None:
        self._target = ("127.0.0.1", port)
        self._bytes_per_s = bytes_per_s
        self._cut_every_s = cut_every_s
        self._rng = Random(seed)
        self._is_slow = False
        self.carried: Counter[Way] = Counter()
        """Bytes while it was slow, over all connections."""
        self.cuts = 0
        self._connections: set[asyncio.Task[None]] = set()
        server = _small_buffers()
        server.bind(("127.0.0.1", 0))
        self.port: int = server.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._connected, sock=server, limit=HELD_BYTES)
        )
        self._thread = threading.Thread(target=self._loop.run_forever, name="slow-cable")
        self._thread.start()

    def slow_down(self) -> None:
        """From now on, beginning with a cut."""
        self._is_slow = True
        self._loop.call_soon_threadsafe(self._cut_all)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        self._cut_all()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _cut_all(self) -> None:
        for connection in self._connections:
            connection.cancel()

    def _connected(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        connection = self._loop.create_task(self._serve(near, to_near))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        ends = _small_buffers()
        ends.setblocking(False)
        try:
            await self._loop.sock_connect(ends, self._target)
        except OSError:
            ends.close()
            to_near.transport.abort()
            return
        far, to_far = await asyncio.open_connection(sock=ends, limit=HELD_BYTES)
        ways = [
            self._loop.create_task(self._carry("up", near, to_far)),
            self._loop.create_task(self._carry("down", far, to_near)),
        ]
        try:
            lasts_s = self._rng.uniform(0.5, 1.5) * self._cut_every_s
            ended, _ = await asyncio.wait(
                ways,
                timeout=lasts_s if self._is_slow else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            self.cuts += not ended
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_near.transport.abort()
            to_far.transport.abort()

    async def _carry(
        self, way: Way, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        while chunk := await source.read(CHUNK_BYTES):
            if self._is_slow:
                await asyncio.sleep(len(chunk) / self._bytes_per_s)
                self.carried[way] += len(chunk)
            target.write(chunk)
            await target.drain()


def _small_buffers() -> socket.socket:
    """A socket that takes in little more than has been passed on."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HELD_BYTES)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, HELD_BYTES)
    return made
