"""Signal 9 to everything at random moments; afterwards every millilitre is where it belongs."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.dosing import Dosing
from gateway.core.units import Calibration
from gateway.demo.network import Cable
from gateway.demo.stage import PRODUCTS
from tests.faults.conftest import MakeStation
from tests.faults.onslaught import Onslaught
from tests.faults.records import until
from tests.faults.station import NL_PER_ML, PULSE_ML, Station
from tests.mqtt.brokers import RunningBroker

USUAL_S, LONG_S = 120, 900
DOSING = Dosing(
    Calibration(100, 1), max_flow_ml_per_min=65_000, valve_lag_ms=300, timer_hold_ms=300
)
"""Of a pump as `takar init` makes it."""
CHUNK_ML = DOSING.chunk_ml + DOSING.stop_bound_ml


@pytest.fixture
def cable(start_mosquitto: Callable[..., RunningBroker]) -> Iterator[tuple[RunningBroker, Cable]]:
    broker = start_mosquitto()
    cable = Cable("127.0.0.1", broker.settings.port)
    yield broker, cable
    cable.close()


@pytest.mark.first
@pytest.mark.parametrize(
    ("seconds", "seed"),
    [
        pytest.param(USUAL_S, 7, marks=pytest.mark.timeout(USUAL_S + 240), id="usual"),
        pytest.param(
            LONG_S,
            secrets.randbelow(10**6),
            marks=[pytest.mark.long, pytest.mark.timeout(LONG_S + 300)],
            id="long",
        ),
    ],
)
def test_onslaught(
    make_station: MakeStation,
    cable: tuple[RunningBroker, Cable],
    tmp_path: Path,
    record_property: Callable[[str, Any], None],
    seconds: int,
    seed: int,
) -> None:
    broker, wire = cable
    station = make_station(broker.settings.port)
    station.configure("port", wire.port)
    totalisers = tmp_path / "totalisers"
    station.start_forecourt(totalisers=totalisers)
    station.start_central()
    station.start_gateway()
    run = Onslaught(station, broker, wire, totalisers, seed)
    run.run(seconds)
    _rest(station)

    sales = station.sales()
    recorded_ml = sum(sale.volume_ml for sale in sales)
    dispensed_ml = sum(station.pump(n)["dispensed_nl"] for n in PRODUCTS) / NL_PER_ML
    estimated = sum(sale.estimated for sale in sales)
    print(
        f"seed {seed}, {seconds} s: {dict(run.struck)}, {run.visits} visits, {len(sales)} sales "
        f"({estimated} estimated), recorded {recorded_ml} ml, dispensed {dispensed_ml:.0f} ml, "
        f"{station.verify()}"
    )
    record_property("struck", dict(run.struck))
    assert sum(run.struck.values()) > seconds / 12
    assert len(sales) > seconds / 20
    assert station.central_sales() == sales
    assert len({sale.sale for sale in sales}) == len(sales)
    assert -PULSE_ML * len(PRODUCTS) * run.lives <= recorded_ml - dispensed_ml
    assert recorded_ml - dispensed_ml <= CHUNK_ML * estimated + PULSE_ML * len(PRODUCTS)


def _rest(station: Station) -> None:
    """The last drivers leave, and all that is recorded reaches central."""
    until("the last driver to leave", lambda: station.control.ask("scenario_status")["done"])
    for pump in PRODUCTS:
        station.stands_still(pump)
    until("every fill to be recorded", lambda: not station.open_sessions())
    station.delivered()
