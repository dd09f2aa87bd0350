"""A city comes down a slow link that keeps breaking, while sales go up it; all once."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
import pytest

from gateway.core.allocation import PutSubject
from mqtt.central import directives
from mqtt.central.database import open_database
from mqtt.central.register import all_that_holds
from mqtt.snapshot import snapshot_of
from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.slow_cable import SlowCable
from tests.faults.station import Station
from tests.mqtt.brokers import RunningBroker


class Line(NamedTuple):
    bytes_per_s: int
    cut_every_s: float
    changes: int
    """How often each vehicle changes: from three on a snapshot is shorter than all of them."""
    sales: int
    within_s: float

    @property
    def most_at_once(self) -> float:
        """Bytes that can pass between two cuts."""
        return 1.5 * self.cut_every_s * self.bytes_per_s


SCALED = Line(60_000, 2, 1, 10, 90)
"""120 kB between two cuts: a broken link is tried again after a second, however fast it is."""
REAL = Line(2_000, 10, 3, 100, 1500)
"""20 kB between two cuts: as bad as a station's link is to be expected."""


@pytest.fixture
def cable(
    request: pytest.FixtureRequest, start_mosquitto: Callable[..., RunningBroker]
) -> Iterator[tuple[RunningBroker, SlowCable]]:
    broker, line = start_mosquitto(), request.getfixturevalue("line")
    cable = SlowCable(
        broker.settings.port, bytes_per_s=line.bytes_per_s, cut_every_s=line.cut_every_s, seed=7
    )
    yield broker, cable
    cable.close()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(SCALED, id="scaled"),
        pytest.param(REAL, id="real", marks=[pytest.mark.long, pytest.mark.timeout(1800)]),
    ],
)
def test_all_vehicles_come_down_while_sales_go_up(
    make_station: MakeStation, cable: tuple[RunningBroker, SlowCable], line: Line
) -> None:
    broker, slow = cable
    station = make_station(broker.settings.port)
    station.configure("port", slow.port)
    station.start_forecourt()
    station.start_central()
    station.start_gateway()
    station.delivered()
    station.central.kill()
    slow.slow_down()
    tank_ml, last, content = change_all_vehicles(station, line.changes)
    assert len(tank_ml) >= 1008
    assert content > 2 * line.most_at_once, "it could come at once"
    station.start_central()

    while _applied_through(station) < last and len(station.sales()) < line.sales:
        station.fill(station.card(), 300)
    until("all vehicles", lambda: _applied_through(station) == last, line.within_s)
    station.delivered()

    sales, pieces = station.sales(), len(station.entries("allocation.applied"))
    down, up = (slow.carried[way] / content for way in ("down", "up"))
    print(
        f"{len(tank_ml)} vehicles, {content} bytes, with {slow.cuts} cuts in {pieces} pieces: "
        f"{down:.2f} times as many came down, {up:.2f} went up with {len(sales)} sales"
    )
    assert _tank_ml(station) == tank_ml
    assert slow.cuts >= 3
    assert down < 2
    assert station.central_sales() == sales
    assert station.verify().endswith("nothing wrong")


def change_all_vehicles(station: Station, times: int) -> tuple[dict[str, int], int, int]:
    """The office changes the tanks of all of them, again and again. What they are in the end, the
    number of the last directive, and the fewest bytes that say so.
    """
    engine = open_database(station.folder / "central" / "central.sqlite3")
    with engine.begin() as connection:
        (before,) = directives.heads(connection)
        puts = [put for put in all_that_holds(connection) if isinstance(put, PutSubject)]
        for _ in range(times):
            puts = [msgspec.structs.replace(put, tank_ml=put.tank_ml + 1) for put in puts]
            directives.append(connection, puts, datetime.now(UTC))
        log = list(directives.log_of(connection, station.name))
    engine.dispose()
    ways = log[before.sequence :], snapshot_of(log).entries
    content = min(sum(len(msgspec.json.encode(each)) for each in way) for way in ways)
    return {put.subject: put.tank_ml for put in puts}, log[-1].sequence, content


def _applied_through(station: Station) -> int:
    return int(station.entries("allocation.applied")[-1].data["through"])


def _tank_ml(station: Station) -> dict[str, int]:
    """Of each vehicle in the gateway's cache."""
    subjects = json.loads(station.allocation.read_text())["content"]["subjects"]
    return {name: put["tank_ml"] for name, put in subjects.items()}
