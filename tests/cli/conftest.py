"""Commands in this process; a station's folder; and a gateway that answers as it is told."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.config.types import MqttSettings
from gateway.runtime.control import Answer, ControlServer, control_path
from gateway.runtime.requests import Request
from gateway.setup.folder import Wanted, make_folder


@pytest.fixture
def cli() -> CliRunner:
    return CliRunner()


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """One gateway's, only read. Not in tmp_path: a Unix socket's path has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="takar-") as made:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            mqtt = MqttSettings(host="127.0.0.1", port=nobody.getsockname()[1])
        wanted = Wanted(
            seed=1, gateways=1, pumps=1, period="2026-11", kind="simulated", mqtt=mqtt, by="a test"
        )
        make_folder(Path(made) / "s", wanted)
        yield Path(made) / "s"


class Asked(list[Any]):
    """What a gateway was asked, each answered alike."""

    answer = Answer(done={})


@pytest.fixture
def asked(folder: Path) -> Iterator[Asked]:
    asked = Asked()

    def take(request: Request, answer: Callable[[Answer], None]) -> None:
        asked.append(request)
        answer(asked.answer)

    with ControlServer(control_path(str(folder / "gateway.sock")), take):
        yield asked
