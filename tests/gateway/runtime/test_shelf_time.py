"""What a start believes of its disk: the time, and that nothing else has happened to it."""

from pathlib import Path

import pytest

from gateway.config.types import GatewayConfig
from gateway.core.clock import NS_PER_DAY
from gateway.core.units import NS_PER_S
from gateway.runtime.recovering import recover
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from tests.gateway.runtime.devices import HandClock
from tests.gateway.store.samples import TIME
from tests.power.place import config_of, make_place


@pytest.fixture
def config(tmp_path: Path) -> GatewayConfig:
    """Of a gateway that was initialised at TIME."""
    return config_of(tmp_path, make_place(tmp_path))


def boot(config: GatewayConfig, off_ns: int) -> tuple[str, str]:
    """Start with a clock so far off TIME; what time it then was thought to be."""
    clock = HandClock()
    clock.utc_offset_ns += off_ns
    wall = WallClock(clock, "Asia/Makassar")
    shelf = Shelf(config, wall)
    try:
        recover(shelf, config, wall, 0)
        return wall.now(), wall.quality
    finally:
        shelf.close()


def test_a_start_forty_days_ahead_leaves_nothing_behind(config: GatewayConfig) -> None:
    assert boot(config, 0) == (TIME, "good")
    assert boot(config, 40 * NS_PER_DAY) == (TIME, "doubtful")
    assert boot(config, 60 * NS_PER_S) == ("2026-11-22T04:01:00.000Z", "good")


def test_the_first_start_of_all_has_its_first_directives_to_go_by(config: GatewayConfig) -> None:
    assert boot(config, 40 * NS_PER_DAY) == (TIME, "doubtful")
    assert boot(config, -40 * NS_PER_DAY) == (TIME, "doubtful")


def test_a_good_boot_is_remembered_by_the_next(config: GatewayConfig) -> None:
    later = "2026-11-26T04:00:00.000Z"
    assert boot(config, 4 * NS_PER_DAY) == (later, "good")
    assert boot(config, 0) == (later, "doubtful")
    assert boot(config, 9 * NS_PER_DAY) == ("2026-12-01T04:00:00.000Z", "good")
