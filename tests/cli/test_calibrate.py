"""`takar calibrate`: what it says and asks, with a gateway that answers as it is told."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.cli.calibrate import BOOK
from gateway.runtime.control import Answer, ControlServer, control_path
from gateway.runtime.requests import BeginCalibration, EndCalibration, ReadCan, Request
from gateway.words import LANGUAGES, catalogue
from tests.words.test_words import fields

TOKEN = "0123456789abcdef"
PROPOSED: dict[str, int | str | bool] = {
    "before_pulses": 100,
    "before_litres": 1,
    "after_pulses": 506,
    "after_litres": 5,
    "spread_ppm": 989,
    "error_before_ppm": 12_000,
    "error_after_ppm": 0,
}


class Pump:
    """Each look finds the next step done; cans are read as 20 L or not at all."""

    def __init__(self) -> None:
        self.step = "draw"
        self.read: list[int] = []
        self.refuses: str | None = None
        self.ended: str | None = None
        self.accepted_meanwhile = False

    def take(self, request: Request, answer: Callable[[Answer], None]) -> None:
        if self.refuses is not None:
            answer(Answer(refused=self.refuses))
        elif isinstance(request, ReadCan) and request.can_ml != 20_000:
            answer(Answer(refused="expected 18000 to 22000 ml"))
        elif isinstance(request, ReadCan):
            self.read.append(request.can_ml)
            self.step = "draw" if len(self.read) < 3 else "accept"
            answer(self.said())
        elif isinstance(request, BeginCalibration):
            answer(self.said())
        elif isinstance(request, EndCalibration):
            self.ended = request.token
            if self.accepted_meanwhile:
                self.step = "done"
            answer(self.said())
        else:
            self.step = {"draw": "read", "accept": "done"}.get(self.step, self.step)
            answer(self.said())

    def said(self) -> Answer:
        shown: dict[str, int | str | bool] = {
            "token": TOKEN,
            "step": self.step,
            "draws": len(self.read),
            "shown_ml": 20_240,
        }
        return Answer(done={**shown, **PROPOSED})


@pytest.fixture
def pump(folder: Path) -> Iterator[Pump]:
    pump = Pump()
    with ControlServer(control_path(str(folder / "gateway.sock")), pump.take):
        yield pump


def calibrate(folder: Path, typed: str, *options: str) -> Result:
    config = str(folder / "gateway.toml")
    command = ["calibrate", "--config", config, "--pump", "1", *options]
    return CliRunner().invoke(takar, command, input=typed)


def test_three_draws_a_proposal_and_the_card(folder: Path, pump: Pump) -> None:
    done = calibrate(folder, "20000\n" * 3)
    assert done.exit_code == 0, done.output
    assert [f"Draw {n} of 3" in done.output for n in (1, 2, 3)] == [True] * 3
    assert "now:      100 pulses / 1 L, error +12000 ppm" in done.output
    assert "proposed: 506 pulses / 5 L, error +0 ppm" in done.output
    assert "from the next fill on" in done.output


def test_in_indonesian(folder: Path, pump: Pump) -> None:
    done = calibrate(folder, "20000\n" * 3, "--lang", "id")
    assert done.exit_code == 0, done.output
    assert "Takaran 3 dari 3: tempelkan kartu teknisi" in done.output
    assert "usulan:   506 pulsa / 5 L, galat +0 ppm" in done.output
    assert "Tempelkan kartu teknisi untuk menerimanya" in done.output
    first, second = (catalogue(language, BOOK) for language in LANGUAGES)
    assert {code: fields(words) for code, words in first.items()} == {
        code: fields(words) for code, words in second.items()
    }


def test_a_reading_that_cannot_be_is_asked_for_again(folder: Path, pump: Pump) -> None:
    done = calibrate(folder, "2000\n20,0\n" + "20000\n" * 3)
    assert done.exit_code == 0, done.output
    assert "expected 18000 to 22000 ml" in done.output
    assert pump.read == [20_000] * 3


def test_nothing_typed_is_the_end_of_it(folder: Path, pump: Pump) -> None:
    done = calibrate(folder, "20000\n")
    assert (done.exit_code, pump.read, pump.ended) == (1, [20_000], TOKEN)
    assert "given up" in done.output


def test_a_card_that_was_quicker_than_leaving_counts(folder: Path, pump: Pump) -> None:
    pump.accepted_meanwhile = True
    done = calibrate(folder, "20000\n")
    assert (done.exit_code, "506 pulses / 5 L, from the next fill on" in done.output) == (0, True)


def test_a_refusal_is_one_line(folder: Path, pump: Pump) -> None:
    pump.refuses = "pump 1 is being calibrated by another process"
    done = calibrate(folder, "")
    assert (done.exit_code, done.output.strip()) == (1, f"takar: {pump.refuses}")


def test_without_a_gateway_there_is_no_calibration(folder: Path) -> None:
    done = calibrate(folder, "")
    assert done.exit_code == 1
    assert "no gateway answers there" in done.output
