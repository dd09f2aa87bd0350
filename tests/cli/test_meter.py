"""`takar meter`: a reading as a person says it, and what the pump makes of it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.runtime.control import Answer
from gateway.runtime.requests import EnterMeter
from tests.cli.conftest import Asked


def enter(folder: Path, *options: str) -> Result:
    config = str(folder / "gateway.toml")
    command = ["meter", "enter", "--config", config, "--pump", "1", *options]
    return CliRunner().invoke(takar, command)


@pytest.mark.parametrize(
    ("options", "request_"),
    [
        (["120500"], EnterMeter(1, 120_500, None)),
        (["0", "--by", " Ama "], EnterMeter(1, 0, "Ama")),
        (["812,5", "--hours"], EnterMeter(1, 8_125, None)),
        (["812", "--hours"], EnterMeter(1, 8_120, None)),
    ],
)
def test_a_reading_is_passed_on_in_its_unit(
    folder: Path, asked: Asked, options: list[str], request_: EnterMeter
) -> None:
    asked.answer = Answer(done={"accepted": True, "tries_left": 0})
    done = enter(folder, *options)
    assert (done.exit_code, done.output) == (0, "pump 1: entered\n")
    assert asked == [request_]


@pytest.mark.parametrize(
    ("left", "words"), [(2, "2 more may be entered"), (0, "the card is refused")]
)
def test_what_is_not_plausible(folder: Path, asked: Asked, left: int, words: str) -> None:
    asked.answer = Answer(done={"accepted": False, "tries_left": left})
    done = enter(folder, "5")
    assert (done.exit_code, done.output) == (1, f"pump 1: not plausible; {words}\n")


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        ("12.50", "expected kilometres such as 120500"),
        ("12345678", "expected kilometres"),
        ("a lot", "expected kilometres"),
        ("812.5", "for hours say --hours"),
    ],
)
def test_what_is_no_reading_is_asked_of_nobody(
    folder: Path, asked: Asked, reading: str, words: str
) -> None:
    done = enter(folder, reading)
    assert (done.exit_code, list(asked)) == (2, [])
    assert words in " ".join(done.output.split())


def test_a_pump_that_asks_for_none(folder: Path, asked: Asked) -> None:
    asked.answer = Answer(refused="pump 1 asks for no reading")
    done = enter(folder, "5")
    assert (done.exit_code, done.output) == (1, "takar: pump 1 asks for no reading\n")
