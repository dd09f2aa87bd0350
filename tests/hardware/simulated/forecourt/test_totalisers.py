"""What was dispensed outlives the forecourt."""

from pathlib import Path

import pytest

from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.simulated.forecourt.totalisers import Totalisers
from hardware.simulated.forecourt.world import World
from hardware.wiring import DEMO_WIRING

MINUTE_NS = 60_000_000_000
LEAK_ML_PER_MIN = 500


def a_minute_of_leaking(path: Path) -> World:
    world = World(ForecourtSettings(time="simulated"), Totalisers(path))
    world.set_fault(2, "flow_while_closed", on=True, value=LEAK_ML_PER_MIN)
    world.run(MINUTE_NS)
    return world


def test_each_life_goes_on_from_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "totalisers"
    first = a_minute_of_leaking(path)
    assert first.dispensed_nl(2) == LEAK_ML_PER_MIN * 1_000_000
    second = a_minute_of_leaking(path)
    assert second.dispensed_nl(2) == 2 * first.dispensed_nl(2)
    assert second.dispensed_nl(1) == 0
    assert Totalisers(path).start_nl == {1: 0, 2: second.dispensed_nl(2), 3: 0, 4: 0}


def test_without_a_file_each_life_begins_at_nought() -> None:
    world = World(ForecourtSettings(time="simulated"))
    assert [world.dispensed_nl(wiring.number) for wiring in DEMO_WIRING] == [0, 0]


def test_another_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("pumps serviced in June")
    with pytest.raises(ValueError, match="expected totalisers in 32 bytes"):
        Totalisers(path)
    assert path.read_text() == "pumps serviced in June"
