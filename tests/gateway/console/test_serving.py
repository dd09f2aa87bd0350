"""Connections that ask nothing make room; those that are being served do not."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from gateway.console import serving

WITHIN_S = 30


class Served:
    """Connections to an application that answers once it has read what was sent."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.writers: list[asyncio.StreamWriter] = []
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def app(self, _scope: Any, receive: Any, send: Any) -> None:
        await self.go_on.wait()
        while True:
            message = await receive()
            if not message.get("more_body", False):
                break
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def send(self, text: str, source: str = "127.0.0.2") -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=(source, 0)
        )
        self.writers.append(writer)
        writer.write(text.replace("\n", "\r\n").encode())
        return reader


def served(play: Callable[[Served], Coroutine[Any, Any, None]]) -> None:
    async def go() -> None:
        one = Served(0)
        config = uvicorn.Config(
            one.app,
            interface="asgi3",
            http=serving.Prompt,
            log_config=None,
            lifespan="off",
            limit_concurrency=65,
        )
        config.load()
        state = ServerState()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: serving.Prompt(config=config, server_state=state, app_state={}), "127.0.0.1"
        )
        one.port = server.sockets[0].getsockname()[1]
        try:
            async with asyncio.timeout(WITHIN_S):
                await play(one)
        finally:
            server.close()
            for connection in list(state.connections):
                connection.transport.abort()
            for writer in one.writers:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    asyncio.run(go())


WHOLE = "GET / HTTP/1.1\nHost: a\n\n"
SLOW = "POST / HTTP/1.1\nHost: a\nContent-Length: 4000\n\nx"


@pytest.mark.parametrize("slow", ["GET / HTTP/1.1\nHo", SLOW, WHOLE + SLOW])
def test_a_connection_whose_request_does_not_come_whole_is_given_up(
    monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    """Head or body, the first request or a later one; one that is being answered stays."""
    monkeypatch.setattr(serving, "FIRST_REQUEST_S", 0.05)

    async def play(one: Served) -> None:
        one.go_on.clear()
        waits = await one.send(WHOLE)
        half = await one.send(slow)
        if slow.startswith(WHOLE):
            one.go_on.set()
            assert (await half.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
        assert await half.read() == b""
        one.go_on.set()
        assert (await waits.readline()).startswith(b"HTTP/1.1 204")

    served(play)


def test_one_address_has_a_part_of_the_room() -> None:
    async def play(one: Served) -> None:
        held = [await one.send(SLOW) for _ in range(serving.CONNECTIONS_OF_ONE)]
        with contextlib.suppress(ConnectionResetError):
            assert await (await one.send(SLOW)).read() == b"", "one more is sent away at once"
        assert (await (await one.send(WHOLE, "127.0.0.3")).readline()).startswith(b"HTTP/1.1 204")
        own = [await one.send(WHOLE, "127.0.0.1") for _ in range(serving.CONNECTIONS_OF_ONE + 1)]
        for reader in own:
            assert (await reader.readline()).startswith(b"HTTP/1.1 204"), "a proxy may stand there"
        assert not any(reader.at_eof() for reader in held)

    served(play)


def test_who_came_last_has_the_room_of_the_oldest_that_asks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "CONNECTIONS", 4)

    async def play(one: Served) -> None:
        one.go_on.clear()
        waits = await one.send(WHOLE, "127.0.0.9")
        slow = [await one.send(SLOW, f"127.0.0.{n}") for n in range(2, 6)]
        one.go_on.set()
        assert (await (await one.send(WHOLE, "127.0.0.8")).readline()).startswith(b"HTTP/1.1 204")
        assert (await waits.readline()).startswith(b"HTTP/1.1 204"), "its answer was on the way"
        with contextlib.suppress(ConnectionResetError):
            assert await slow[0].read() == b""

    served(play)


def test_it_knows_nothing_of_pumps_and_disks() -> None:
    """Which is most of its memory."""
    said = "import sys, gateway.console.app; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", said], check=True, capture_output=True, text=True
    ).stdout.split()
    assert {"gateway", "starlette", "uvicorn"} <= set(loaded)
    heavy = {"gpiozero", "serial", "tinydb", "paho", "PIL", "fpdf", "escpos"}
    assert heavy & set(loaded) == set()
