"""Signal 9 to the gateway at every stage of a fill, with both things a dead process can leave.

What passes after the kill is read from the forecourt, below every driver of ours.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.scenario import Card
from tests.faults.records import until
from tests.faults.station import MAX_FLOW_ML_PER_S, NL_PER_ML, PULSE_ML, STOP_BOUND_ML, Station
from tests.mqtt.brokers import mosquitto

NS_PER_S = 1_000_000_000


@pytest.fixture(scope="module", params=["low", "hold"])
def station(
    request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Station]:
    """Forecourt, Mosquitto and central outlive the gateways of these tests."""
    folder = tmp_path_factory.mktemp("kill")
    with ExitStack() as running:
        broker = mosquitto(folder, "3.1.1")
        running.callback(broker.kill)
        station = Station(template, folder / "s", broker.settings.port)
        running.callback(station.close)
        station.start_forecourt(request.param)
        station.start_central()
        station.start_gateway()
        yield station


def restart(station: Station) -> None:
    assert station.gateway.stop() == 0
    station.start_gateway()


def authorised(station: Station, card: Card) -> None:
    """And the card still lies on the reader."""
    station.tap(card)
    station.see_pump(1, "the answer", lambda p: p.state == "authorised")


def just_opened(station: Station, card: Card) -> None:
    station.begin(card)
    until("both contacts", lambda: (p := station.pump())["enable_made"] and p["limiter_made"])


def in_mid_flow(station: Station, card: Card) -> None:
    start_nl = station.pump()["dispensed_nl"]
    station.begin(card)
    until("a litre", lambda: station.pump()["dispensed_nl"] - start_nl > 1000 * NL_PER_ML)


def settling(station: Station, card: Card) -> None:
    station.begin(card, free_ml=300)
    until("the tank to be full", lambda: station.pump()["lever"] == "released")
    station.do("hang")
    station.see_pump(1, "settling", lambda p: p.state == "settling")
    station.stands_still()


def just_recorded(station: Station, card: Card) -> None:
    station.begin(card, free_ml=300)
    until("the tank to be full", lambda: station.pump()["lever"] == "released")
    station.do("hang")
    until("the sale", lambda: station.sales_of(card))


SETTLING_MS = 5000
"""Long enough to be seen there."""
FLOWING = (just_opened, in_mid_flow)


@pytest.mark.parametrize("moment", [authorised, just_opened, in_mid_flow, settling, just_recorded])
def test_killed(
    station: Station,
    moment: Callable[[Station, Card], None],
    record_property: Callable[[str, Any], None],
) -> None:
    card = station.card()
    if moment is settling:
        station.configure("settle_ms", SETTLING_MS)
        restart(station)
    start_nl = station.pump()["dispensed_nl"]
    moment(station, card)

    before = station.control.ask("status")
    station.gateway.kill()
    after = station.control.ask("status")
    shut = station.stands_still()
    read_ml = shut["dispensed_nl"] - _dispensed_nl(before)
    passed_ml = read_ml / NL_PER_ML
    late_s = (after["now_ns"] - before["now_ns"]) / NS_PER_S
    """Between the reading and the kill fuel flowed with the gateway still alive."""
    record_property("passed_after_kill_ml", round(passed_ml))
    print(
        f"release={before['release']}, {moment.__name__}: {passed_ml:.0f} ml passed after the "
        f"kill (stop bound {STOP_BOUND_ML} ml, read {late_s * 1000:.0f} ms around it)"
    )
    assert passed_ml <= STOP_BOUND_ML + late_s * MAX_FLOW_ML_PER_S
    assert (passed_ml > 0) == (moment is in_mid_flow) or moment is just_opened

    station.configure("settle_ms", 500)
    station.start_gateway()
    station.delivered()
    (sale,) = station.sales_of(card)
    assert sale.estimated == (moment is not just_recorded)
    unmetered_ml = 0 if sale.estimated else PULSE_ML
    assert (shut["dispensed_nl"] - start_nl) / NL_PER_ML <= sale.volume_ml + unmetered_ml
    _nothing_resumed(station, shut, squeezed=moment in FLOWING)

    station.do("remove")
    station.do("hang")
    next_sale = station.fill(station.card())
    assert not next_sale.estimated
    assert abs(next_sale.volume_ml - 300) <= PULSE_ML
    station.delivered()
    assert station.central_sales() == station.sales()
    assert len({sale.sale for sale in station.sales()}) == len(station.sales())
    assert station.verify().endswith("nothing wrong")


def _dispensed_nl(status: dict[str, Any]) -> int:
    return int(status["pumps"][0]["dispensed_nl"])


def _nothing_resumed(station: Station, shut: dict[str, Any], *, squeezed: bool) -> None:
    seen = station.see("the pumps", lambda _: True)
    assert [pump.state for pump in seen.pumps] == ["idle", "idle"]
    assert not station.open_sessions()
    now = station.pump()
    assert (now["lever"] == "squeezed") == squeezed
    assert not now["enable_made"]
    assert not now["limiter_made"]
    assert now["dispensed_nl"] == shut["dispensed_nl"]
