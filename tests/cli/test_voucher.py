"""`takar voucher enter`: what it asks of the gateway, and what it prints."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.config.types import MqttSettings
from gateway.runtime.control import Answer, ControlServer, control_path
from gateway.runtime.requests import EnterVoucher, Request
from gateway.setup.folder import Wanted, make_folder

ASKED: list[Request] = []


def take(request: Request, answer: Callable[[Answer], None]) -> None:
    ASKED.append(request)
    assert isinstance(request, EnterVoucher)
    if request.serial == "A-2":
        answer(Answer(refused="voucher A-2 was entered before: entry 7"))
        return
    sale = {"sale": "00112233445566aa-7", "plate": "DH 1001 A", "amount_idr": 259_000}
    answer(Answer(done={**sale, "volume_ml": request.volume_ml, "overrun_ml": 1_500}))


@pytest.fixture(scope="module")
def config() -> Iterator[str]:
    """Not in tmp_path: a Unix socket's path has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="takar-") as made:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            mqtt = MqttSettings(host="127.0.0.1", port=nobody.getsockname()[1])
        wanted = Wanted(
            seed=1, gateways=1, pumps=1, period="2026-11", kind="simulated", mqtt=mqtt, by="a test"
        )
        folder = Path(made) / "s"
        make_folder(folder, wanted)
        with ControlServer(control_path(str(folder / "gateway.sock")), take):
            yield str(folder / "gateway.toml")


def enter(config: str, *words: str) -> Result:
    usual = ["--plate", "DH 1001 A", "--litres", "20,5", "--pump", "1", "--by", "Ama"]
    return CliRunner().invoke(
        takar,
        ["voucher", "enter", "--config", config, *usual, "--at", "2026-11-20 14:00", *words],
    )


@pytest.mark.parametrize(
    ("option", "text", "expected"),
    [
        ("--serial", "A 7\n", "expected the number printed on the paper"),
        ("--serial", 25 * "7", "up to 24 letters and digits"),
        ("--plate", 41 * "D", "expected a plate or asset number: 1 to 40 characters"),
        ("--by", "Ama\nBeni", "expected a person's name"),
    ],
)
def test_what_the_gateway_would_not_take_is_said_in_words(
    config: str, option: str, text: str, expected: str
) -> None:
    asked = len(ASKED)
    refused = enter(config, "--serial", "A-1", option, text)
    said = " ".join(refused.output.split())
    assert (refused.exit_code, expected in said, "regex" in said) == (2, True, False)
    assert len(ASKED) == asked


def test_a_voucher_is_asked_for_in_utc_and_millilitres(config: str) -> None:
    done = enter(config, "--serial", " a-1 ")
    assert done.exit_code == 0, done.output
    assert ASKED[-1] == EnterVoucher(
        serial="A-1",
        plate="DH 1001 A",
        volume_ml=20_500,
        sold="2026-11-20T06:00:00.000Z",
        pump=1,
        by="Ama",
    )
    assert "voucher A-1: DH 1001 A, 20,500 L, Rp 259.000" in done.output
    assert "1,500 L beyond its grants" in done.output


def test_a_refusal_is_one_line(config: str) -> None:
    done = enter(config, "--serial", "A-2")
    assert (done.exit_code, done.output) == (
        1,
        "takar: voucher A-2 was entered before: entry 7\n",
    )


@pytest.mark.parametrize(
    "words", [("--litres", "much"), ("--at", "yesterday"), ("--by", " "), ("--pump", "5")]
)
def test_what_makes_no_sense_is_not_asked(config: str, words: tuple[str, str]) -> None:
    before = len(ASKED)
    assert enter(config, "--serial", "A-3", *words).exit_code == 2
    assert len(ASKED) == before
