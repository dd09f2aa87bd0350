"""`takar preset`: what it asks a gateway for, what it says, and what it refuses by itself."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import takar
from gateway.runtime.control import Answer
from gateway.runtime.requests import ChoosePreset
from tests.cli.conftest import Asked


def preset(folder: Path, *options: str) -> Result:
    config = str(folder / "gateway.toml")
    return CliRunner().invoke(takar, ["preset", "--config", config, "--pump", "1", *options])


@pytest.mark.parametrize(
    ("options", "request_", "volume_ml", "words"),
    [
        (["--litres", "12,5"], ChoosePreset(1, 12_500), 12_500, "12.500 L, Rp 162.500 at most"),
        (["--rupiah", "100000"], ChoosePreset(1, None, 100_000), 7_692, "7.692 L, Rp 99.996 at"),
        (["--none"], ChoosePreset(1), 0, "nothing is chosen"),
        (["--litres", "0.1"], ChoosePreset(1, 100), 100, "0.100 L"),
        (["--litres", "1000"], ChoosePreset(1, 1_000_000), 1_000_000, "1,000.000 L"),
    ],
)
def test_what_is_asked_for(
    folder: Path,
    asked: Asked,
    options: list[str],
    request_: ChoosePreset,
    volume_ml: int,
    words: str,
) -> None:
    asked.answer = Answer(done={"pump": 1, "volume_ml": volume_ml, "amount_idr": volume_ml * 13})
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
    folder: Path, asked: Asked, options: list[str], words: str
) -> None:
    done = preset(folder, *options)
    assert done.exit_code == 2
    assert words in " ".join(done.output.split())
    assert asked == []


def test_a_refusal_of_the_gateway_is_one_line(folder: Path, asked: Asked) -> None:
    asked.answer = Answer(refused="pump 4: expected one of 1")
    done = preset(folder, "--pump", "4", "--litres", "3")
    assert (done.exit_code, done.output.strip()) == (1, "takar: pump 4: expected one of 1")
