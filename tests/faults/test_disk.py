"""The state folder's disk fills up, or turns read-only, while a real gateway sells from it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.demo.scenario import Card
from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import NL_PER_ML, PULSE_ML, STOP_BOUND_ML, Station
from tests.gateway.store.disks import FailingDisk, failing_disk, small_disk

FREE_FLOOR_MB = 4
CHUNK_ML = 3250 + STOP_BOUND_ML
"""A reservation of a pump as `takar init` makes it."""


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[Callable[[Station, Path], None]]:
    """Lets a station keep its state on a disk of its own."""
    with ExitStack() as linked:

        def move(station: Station, disk: Path) -> None:
            folder = station.folder / "gateway"
            shutil.copytree(folder, disk / "gateway")
            shutil.rmtree(folder)
            folder.symlink_to(disk / "gateway")
            os.sync()  # as it is when a technician has set a gateway up
            station.configure("free_floor_mb", FREE_FLOOR_MB)
            # The gateway lets go of its files before the disk is unmounted.
            linked.callback(station.close)

        yield move


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "small", "24m") as folder:
        yield folder


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[FailingDisk]:
    with failing_disk(tmp_path) as disk:
        yield disk


def in_mid_flow(station: Station, card: Card, free_ml: int) -> int:
    """What the pump has dispensed before this fill, in nl."""
    start_nl: int = station.pump()["dispensed_nl"]
    station.begin(card, free_ml=free_ml)
    until("a litre", lambda: station.pump()["dispensed_nl"] - start_nl > 1000 * NL_PER_ML)
    return start_nl


def occupy(folder: Path) -> Path:
    """Take every byte that is left."""
    path = folder / "video.mp4"
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return path


def test_a_fill_under_way_is_recorded_on_a_full_disk_and_no_other_begins(
    offline: Station, small: Path, on_disk: Callable[[Station, Path], None]
) -> None:
    on_disk(offline, small)
    offline.start_gateway()
    card = offline.card()
    start_nl = in_mid_flow(offline, card, free_ml=20_000)
    video = occupy(small)
    offline.stands_still()
    offline.do("hang")
    offline.see_pump(1, "the sale to be recorded", lambda p: p.state == "idle")
    (sale,) = offline.sales_of(card)
    dispensed_ml = (offline.pump()["dispensed_nl"] - start_nl) / NL_PER_ML
    assert not sale.estimated
    assert abs(sale.volume_ml - dispensed_ml) <= PULSE_ML
    assert 1000 < dispensed_ml < 20_000 - CHUNK_ML, "what was reserved is sold, and no more"

    offline.do("remove")
    other = offline.card()
    offline.tap(other)
    offline.see_refused("storage_full")
    assert not offline.sales_of(other)
    offline.do("remove")

    video.unlink()
    assert offline.fill(offline.card()).volume_ml >= 300 - PULSE_ML
    assert offline.verify().endswith("nothing wrong")


def test_a_disk_that_turns_read_only_shuts_the_valve_and_loses_nothing(
    offline: Station, failing: FailingDisk, on_disk: Callable[[Station, Path], None]
) -> None:
    on_disk(offline, failing.folder)
    offline.start_gateway()
    done = offline.fill(offline.card())
    card = offline.card()
    start_nl = in_mid_flow(offline, card, free_ml=20_000)
    failing.fail()
    shut = offline.stands_still()
    dispensed_ml = (shut["dispensed_nl"] - start_nl) / NL_PER_ML
    assert dispensed_ml < 20_000 - CHUNK_ML, "no more was reserved, so the valve shut"

    offline.tap(offline.card(), pump=2)
    offline.see_refused("storage_failed", pump=2)
    assert offline.open_sessions()[0].card == card.uid

    offline.gateway.kill()
    failing.repair()
    offline.do("remove", 2)
    offline.do("remove")
    offline.do("hang")
    offline.start_gateway()
    (sale,) = offline.sales_of(card)
    assert sale.estimated
    assert dispensed_ml - PULSE_ML <= sale.volume_ml <= dispensed_ml + CHUNK_ML
    assert done in offline.sales()
    assert offline.verify().endswith("nothing wrong")
    assert offline.fill(offline.card()).volume_ml >= 300 - PULSE_ML


def test_a_gateway_that_starts_on_a_full_disk_says_so_and_sells_when_there_is_room(
    make_station: MakeStation, small: Path, on_disk: Callable[[Station, Path], None]
) -> None:
    station = make_station()
    on_disk(station, small)
    station.start_forecourt()
    station.start_gateway()
    until("space to be held back", (small / "gateway" / "ballast").exists)
    assert station.gateway.stop() == 0
    video = occupy(small)
    station.start_gateway()
    station.tap(station.card())
    station.see_refused("storage_full")
    station.do("remove")
    video.unlink()
    assert station.fill(station.card()).volume_ml >= 300 - PULSE_ML
