"""Connections that ask nothing make room; those that are being served do not."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from gateway.console import serving

WITHIN_S = 30


def test_a_connection_without_a_request_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "FIRST_REQUEST_S", 0.05)

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await given_up.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def go() -> None:
        config = uvicorn.Config(app, http=serving.Prompt, log_config=None, lifespan="off")
        config.load()
        state = ServerState()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: serving.Prompt(config=config, server_state=state, app_state={}), "127.0.0.1"
        )
        port = server.sockets[0].getsockname()[1]
        async with asyncio.timeout(WITHIN_S):
            slow, to_slow = await asyncio.open_connection("127.0.0.1", port)
            to_slow.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            half, to_half = await asyncio.open_connection("127.0.0.1", port)
            to_half.write(b"GET / HTTP/1.1\r\nHo")
            assert await half.read() == b""
            given_up.set()
            assert (await slow.readline()).startswith(b"HTTP/1.1 204")
        for writer in (to_slow, to_half):
            writer.close()
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        await asyncio.sleep(0)

    given_up = asyncio.Event()
    asyncio.run(go())


def test_it_knows_nothing_of_pumps_and_disks() -> None:
    """Which is most of its memory."""
    said = "import sys, gateway.console.app; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", said], check=True, capture_output=True, text=True
    ).stdout.split()
    assert {"gateway", "starlette", "uvicorn"} <= set(loaded)
    heavy = {"gpiozero", "serial", "tinydb", "paho", "PIL", "fpdf", "escpos"}
    assert heavy & set(loaded) == set()
