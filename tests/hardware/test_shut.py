"""What a killed gateway leaves on its pins is taken away, and looked at."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from queue import Empty, Queue

import pytest
from msgspec.structs import replace

from gateway.config.types import PumpSettings
from hardware.ports import HardwareError
from hardware.shut import contacts_of, shut
from hardware.simulated.client import ForecourtClient
from hardware.simulated.control import ForecourtControl
from hardware.wiring import DEMO_WIRING, ReaderBus

PATIENCE_S = 10
PUMPS = FIRST, SECOND = contacts_of(DEMO_WIRING)


@pytest.fixture
def left_on(start_forecourt: Callable[..., Path]) -> Path:
    """A forecourt whose gateway died with both enable relays driven, and while it fed timers."""
    path = start_forecourt(release="hold")
    client = ForecourtClient(path)
    with closing(client):
        for pins in PUMPS:
            drive(client, pins.enable_relay)
            drive(client, pins.timer_feed)
        with ForecourtControl(path) as control:
            while not all(made(control)):
                control.ask("status")
    return path


def drive(client: ForecourtClient, pin: int | None) -> None:
    assert pin is not None
    client.output(pin)
    client.set_level(pin, 1)


def made(control: ForecourtControl) -> list[bool]:
    return [pump["enable_made"] for pump in control.ask("status")["pumps"]]


def test_relays_that_were_left_on_are_broken(left_on: Path) -> None:
    with ForecourtControl(left_on) as control:
        assert made(control) == [True, True]
        assert shut("simulated", PUMPS, left_on) == {}
        assert made(control) == [False, False]


def feeds_are_low(socket: Path) -> bool:
    """Only a feed that is low has an edge that rises, and only that makes a timer's contact."""
    seen: Queue[tuple[int, int]] = Queue()
    awaited = {(pins.timer_readback, 1) for pins in PUMPS}
    with closing(ForecourtClient(socket)) as client:
        client.deliver = lambda pin, level: seen.put((pin, level))
        client.listen()
        for pins in PUMPS:
            drive(client, pins.timer_feed)
        while awaited:
            try:
                awaited.discard(seen.get(timeout=PATIENCE_S))
            except Empty:
                return False
    return True


def test_a_feed_that_was_left_high_is_driven_low(left_on: Path) -> None:
    assert shut("simulated", PUMPS, left_on) == {}
    assert feeds_are_low(left_on)


def test_a_pin_that_cannot_be_had_spares_no_other(left_on: Path) -> None:
    """Its own timer's feed and the pump beside it are driven all the same."""
    twice = replace(FIRST, enable_readback=FIRST.enable_relay)
    wrong = shut("simulated", [twice, SECOND], left_on)
    assert list(wrong) == [1]
    assert f"enable read-back on GPIO {FIRST.enable_relay}" in wrong[1]
    assert feeds_are_low(left_on)
    with ForecourtControl(left_on) as control:
        assert made(control) == [False, False]


def test_a_welded_contact_is_named_and_spares_no_other(left_on: Path) -> None:
    with ForecourtControl(left_on) as control:
        control.ask("fault", pump=1, name="enable_welded")
        wrong = shut("simulated", PUMPS, left_on)
        assert made(control) == [True, False]
    assert list(wrong) == [1]
    assert "enable relay on GPIO" in wrong[1]
    assert "still reads made; press the emergency stop" in wrong[1]


def test_where_nothing_of_ours_is_fitted_nothing_is_opened(tmp_path: Path) -> None:
    theirs = PumpSettings(
        number=1, mode="authorise_only", station="spbu-54", product="dexlite", reader=ReaderBus()
    )
    assert shut("simulated", contacts_of([theirs]), tmp_path / "no-forecourt") == {}


def test_a_forecourt_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="no-forecourt"):
        shut("simulated", PUMPS, tmp_path / "no-forecourt")
