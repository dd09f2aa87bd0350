"""`takar override choose`: a supervisor's exception, passed on."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.runtime.control import Answer
from gateway.runtime.requests import ChooseOverride
from tests.cli.conftest import Asked


def choose(folder: Path, *options: str) -> Result:
    config = str(folder / "gateway.toml")
    command = ["override", "choose", "--config", config, "--pump", "1", *options]
    return CliRunner().invoke(takar, command)


@pytest.mark.parametrize(
    ("options", "request_", "subject", "words"),
    [
        (
            ["--reason", "card_forgotten", "--plate", "DH 1001 A"],
            ChooseOverride(1, "card_forgotten", "", "DH 1001 A"),
            "dh-1001-a",
            "pump 1: dh-1001-a may fill",
        ),
        (
            ["--reason", "other", "--text", "flood at Oesapa"],
            ChooseOverride(1, "other", "flood at Oesapa", None),
            "",
            "pump 1: tap the vehicle's card",
        ),
    ],
)
def test_it_is_passed_on(
    folder: Path,
    asked: Asked,
    options: list[str],
    request_: ChooseOverride,
    subject: str,
    words: str,
) -> None:
    asked.answer = Answer(done={"subject": subject})
    done = choose(folder, *options)
    assert (done.exit_code, done.output) == (0, words + "\n")
    assert asked == [request_]


def test_a_reason_of_the_list(folder: Path, asked: Asked) -> None:
    done = choose(folder, "--reason", "a whim")
    assert (done.exit_code, list(asked)) == (2, [])
    assert "card_forgotten" in done.output


def test_without_a_supervisors_card(folder: Path, asked: Asked) -> None:
    asked.answer = Answer(refused="pump 1: no supervisor's card")
    done = choose(folder, "--reason", "card_forgotten")
    assert (done.exit_code, done.output) == (1, "takar: pump 1: no supervisor's card\n")
