"""A console whose gateway is played by the test."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.config.types import (
    ConsoleCode,
    ConsoleSettings,
    MqttSettings,
)
from gateway.console.access.codes import hashed
from gateway.console.app import build
from gateway.runtime.control import Answer
from gateway.runtime.requests import NoteLockOut, Request
from gateway.setup.configurations import gateway_settings
from tests.gateway.console import cache
from tests.gateway.console.asgi import Browser
from tests.gateway.runtime.snapshots import pump, snapshot

CODE = "k7mq-x2pa"
NAME = "Ama Nalle"


class Played:
    """Answers requests as it is told; `asked` has them all."""

    def __init__(self, folder: Path, **console: Any) -> None:
        config = gateway_settings(
            "kupang-01",
            pumps=2,
            kind="simulated",
            mqtt=MqttSettings(),
            reader_poll_ms=100,
            root_key="A" * 43,
        )
        config = msgspec.structs.replace(
            config,
            gateway=msgspec.structs.replace(
                config.gateway, status_socket=str(folder / "g.sock"), state_dir=str(folder)
            ),
            console=ConsoleSettings(**console),
            console_codes=[ConsoleCode(name=NAME, scrypt=SCRYPT)],
        )
        cache.write(folder)
        self.app = build(config)
        self.console = self.app.state.console
        self.app.state.sign_in._nobody = hashed("nobody's", (4, 1, 1))
        self.asked: list[Request] = []
        self.answer = Answer(done={"pump": 1})
        self.console.asker.ask = self._ask
        self.says()
        self.now_s = 0.0
        self.console.sessions._now_s = self.console.attempts._now_s = lambda: self.now_s

    def says(self, **changes: Any) -> None:
        """The gateway says so of pump 1."""
        feed = self.console.feed
        feed.newest = snapshot(pumps=[pump(**changes), pump(pump=2)])
        feed._fresh = True

    def browser(self, source: str = "192.168.1.5") -> Browser:
        return Browser(self.app, source)

    async def signed_in(self) -> Browser:
        browser = self.browser()
        page = await browser.get("/masuk")
        got = await browser.post("/masuk/kode", {"token": page.token, "name": NAME, "code": CODE})
        assert got.status == 303, got.text
        self.asked.clear()
        return browser

    async def _ask(self, request: Request) -> Answer:
        await asyncio.sleep(0)
        self.asked.append(request)
        return Answer(done={}) if isinstance(request, NoteLockOut) else self.answer


SCRYPT = hashed(CODE, (4, 1, 1))
"""A cheap one: the cost is in the hash."""


@pytest.fixture
def played(tmp_path: Path) -> Played:
    return Played(tmp_path)
