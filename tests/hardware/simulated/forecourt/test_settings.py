"""The forecourt's settings: defaults that work, errors that name the key."""

from pathlib import Path

import pytest

from hardware.simulated.forecourt.settings import ForecourtSettings, load_settings
from hardware.wiring import DEMO_WIRING


def written(folder: Path, text: str) -> Path:
    path = folder / "forecourt.toml"
    path.write_text(text)
    return path


def test_a_file_says_only_what_differs(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'release = "hold"\n[[pumps]]\nnumber = 2\ncalibration_pulses = 997\n'
        "calibration_litres = 10\n",
    )
    settings = load_settings(path)
    assert settings.release == "hold"
    assert settings.wiring == DEMO_WIRING
    assert settings.physics(1).calibration.pulses == 100
    assert settings.physics(2).calibration.pulse_ml == 11


def test_an_empty_file_is_the_default(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, "")) == ForecourtSettings()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("relase = 'low'", "unknown field `relase`; the nearest known key is `release`"),
        ("[[pumps]]\nnumber = 1\nvalve_lag = 9", "the nearest known key is `valve_lag_ms`"),
        ("[[pumps]]\nnumber = 1\nvalve_lag_ms = 49", r">= 50 - at `\$.pumps\[0\].valve_lag_ms`"),
        ("[[pumps]]\nnumber = 1\ncalibration_pulses = 251", "expected 1 to 250 pulses"),
        ("[[pumps]]\nnumber = 3", r"pumps \[3\] have no wiring; wired are \[1, 2\]"),
        ("wiring = []", "expected 1 to 4 pumps, found 0"),
        ("[[readers]]\nnumber = 2\n[readers.reader]\nspi_bus = 1", r"\[1, 2, 2\] must differ"),
        ("time = 'fast'", r"Invalid enum value 'fast' - at `\$.time`"),
        ("seed = 'x'", "Expected `int`, got `str`"),
        ("seed = ", "forecourt.toml: "),
    ],
)
def test_a_wrong_file_is_refused_with_the_key(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        load_settings(written(tmp_path, text))


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot read .*absent.toml: No such file"):
        load_settings(tmp_path / "absent.toml")
