"""What a start believes of its disk: the time, and that nothing else has happened to it."""

import shutil
from pathlib import Path

import pytest

from gateway.config.types import GatewayConfig
from gateway.core.clock import NS_PER_DAY
from gateway.core.facts import Charge, ClockTold, GatewayRestored
from gateway.core.units import NS_PER_S
from gateway.runtime.recovering import recover
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from gateway.setup.gateway_state import make_restored_state
from mqtt.keys import load_private
from tests.gateway.runtime.devices import HandClock
from tests.gateway.store.samples import GATEWAY, TIME, sale
from tests.power.place import config_of, make_place, opened

LATER = "2026-11-23T04:00:00.000Z"


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


@pytest.mark.parametrize("wrong", ["2066-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"])
def test_a_wrong_time_that_central_took_back_is_not_believed_again(
    config: GatewayConfig, wrong: str
) -> None:
    told = ClockTold(through=1, time=LATER, within_ms=5, was=wrong, lowered=True)
    with opened(config) as (shelf, _):
        assert shelf.ledger is not None
        shelf.ledger.commit([(sale(1, Charge(1, 1000)), wrong), (told, LATER)])
    assert boot(config, NS_PER_DAY) == (LATER, "good")
    with opened(config) as (_, wall):
        assert wall.at_least() == LATER


def test_without_any_evidence_the_first_start_of_all_is_in_doubt(
    config: GatewayConfig, tmp_path: Path
) -> None:
    """As after `takar restore`, where no directive is there yet."""
    state = Path(config.gateway.state_dir)
    shutil.rmtree(state)
    private = load_private(Path(config.keys.private_file))
    first = GatewayRestored(
        by="a test", version="0", configuration_hash="00" * 32, epoch=1, previous=None
    )
    make_restored_state(state, private, first, gateway=GATEWAY, time=TIME)
    assert boot(config, 40 * 365 * NS_PER_DAY)[1] == "doubtful"
    assert boot(config, 0) == (TIME, "doubtful")
