"""What a killed gateway leaves on its pins is taken away, and looked at."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway.config.types import PumpSettings
from hardware.ports import HardwareError
from hardware.shut import shut
from hardware.simulated.client import ForecourtClient
from hardware.simulated.control import ForecourtControl
from hardware.wiring import DEMO_WIRING, ReaderBus

FIRST, SECOND = DEMO_WIRING


@pytest.fixture
def left_on(start_forecourt: Callable[..., Path]) -> Path:
    """A forecourt whose gateway died with both enable relays driven."""
    path = start_forecourt(release="hold")
    client = ForecourtClient(path)
    with closing(client):
        for wiring in DEMO_WIRING:
            client.output(wiring.pins.enable_relay)
            client.set_level(wiring.pins.enable_relay, 1)
        with ForecourtControl(path) as control:
            while not all(made(control)):
                control.ask("status")
    return path


def made(control: ForecourtControl) -> list[bool]:
    return [pump["enable_made"] for pump in control.ask("status")["pumps"]]


def test_relays_that_were_left_on_are_broken(left_on: Path) -> None:
    with ForecourtControl(left_on) as control:
        assert made(control) == [True, True]
        assert shut("simulated", DEMO_WIRING, left_on) == {}
        assert made(control) == [False, False]


def test_a_welded_contact_is_named_and_spares_no_other(left_on: Path) -> None:
    with ForecourtControl(left_on) as control:
        control.ask("fault", pump=1, name="enable_welded")
        wrong = shut("simulated", DEMO_WIRING, left_on)
        assert made(control) == [True, False]
    assert list(wrong) == [1]
    assert "enable relay on GPIO" in wrong[1]
    assert "still reads made; press the emergency stop" in wrong[1]


def test_where_nothing_of_ours_is_fitted_nothing_is_opened(tmp_path: Path) -> None:
    theirs = PumpSettings(
        number=1, mode="authorise_only", station="spbu-54", product="dexlite", reader=ReaderBus()
    )
    assert shut("simulated", [theirs], tmp_path / "no-forecourt") == {}


def test_a_forecourt_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="no-forecourt"):
        shut("simulated", DEMO_WIRING, tmp_path / "no-forecourt")
