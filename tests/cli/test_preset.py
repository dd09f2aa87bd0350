"""`takar preset`: what it asks a gateway for, what it says, and what it refuses by itself."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.config.types import MqttSettings
from gateway.runtime.control import Answer, ControlServer, control_path
from gateway.runtime.requests import ChoosePreset, Request
from gateway.setup.folder import Wanted, make_folder


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not in tmp_path: a Unix socket's path has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="takar-") as made:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            mqtt = MqttSettings(host="127.0.0.1", port=nobody.getsockname()[1])
        wanted = Wanted(
            seed=1, gateways=1, pumps=1, period="2026-11", kind="simulated", mqtt=mqtt, by="a test"
        )
        make_folder(Path(made) / "s", wanted)
        yield Path(made) / "s"


@pytest.fixture
def asked(folder: Path) -> Iterator[list[Request]]:
    asked: list[Request] = []

    def take(request: Request, answer: Callable[[Answer], None]) -> None:
        asked.append(request)
        assert isinstance(request, ChoosePreset)
        if request.pump == 4:
            answer(Answer(refused="pump 4: expected one of 1"))
        else:
            volume_ml = request.volume_ml or (7722 if request.amount_idr else 0)
            answer(Answer(done={"pump": 1, "volume_ml": volume_ml, "amount_idr": volume_ml * 13}))

    with ControlServer(control_path(str(folder / "gateway.sock")), take):
        yield asked


def preset(folder: Path, *options: str) -> Result:
    config = str(folder / "gateway.toml")
    return CliRunner().invoke(takar, ["preset", "--config", config, "--pump", "1", *options])


@pytest.mark.parametrize(
    ("options", "request_", "words"),
    [
        (["--litres", "12,5"], ChoosePreset(1, 12_500), "12.500 L, Rp 162.500 at most"),
        (["--rupiah", "100000"], ChoosePreset(1, None, 100_000), "7.722 L, Rp 100.386 at most"),
        (["--none"], ChoosePreset(1), "nothing is chosen"),
        (["--litres", "0.1"], ChoosePreset(1, 100), "0.100 L"),
        (["--litres", "1000"], ChoosePreset(1, 1_000_000), "1,000.000 L"),
    ],
)
def test_what_is_asked_for(
    folder: Path, asked: list[Request], options: list[str], request_: ChoosePreset, words: str
) -> None:
    done = preset(folder, *options)
    assert done.exit_code == 0, done.output
    assert words in done.output
    assert asked == [request_]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--litres", "0.099"], "0.099 L, expected 0.1 L to 1,000.0 L"),
        (["--litres", "1000.001"], "expected 0.1 L to 1,000.0 L"),
        (["--litres", "-3"], "expected litres"),
        (["--litres", "lots"], "expected litres"),
        (["--rupiah", "0"], "0 is not in the range"),
        ([], "expected one of --litres, --rupiah and --none"),
        (["--litres", "3", "--none"], "expected one of --litres, --rupiah and --none"),
    ],
)
def test_what_is_refused_before_anybody_is_asked(
    folder: Path, asked: list[Request], options: list[str], words: str
) -> None:
    done = preset(folder, *options)
    assert done.exit_code == 2
    assert words in " ".join(done.output.split())
    assert asked == []


def test_a_refusal_of_the_gateway_is_one_line(folder: Path, asked: list[Request]) -> None:
    done = preset(folder, "--pump", "4", "--litres", "3")
    assert (done.exit_code, done.output.strip()) == (1, "takar: pump 4: expected one of 1")
