"""SIGTERM in the middle of a fill: shut, settle, record, deliver, end."""

from collections.abc import Callable

from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import NL_PER_ML, PULSE_ML, Station
from tests.mqtt.brokers import RunningBroker


def test_sigterm_during_two_fills_records_and_delivers_them(
    make_station: MakeStation, start_mosquitto: Callable[..., RunningBroker]
) -> None:
    station = make_station(start_mosquitto().settings.port)
    station.start_forecourt()
    station.start_central()
    station.start_gateway()
    station.delivered()
    station.begin(station.card())
    station.begin(station.card("dexlite"), pump=2)
    until("flow", lambda: station.pump(2)["dispensed_nl"] > 300 * NL_PER_ML)
    assert station.gateway.stop() == 0

    sales = sorted(station.entries("sale.completed"), key=lambda entry: entry.data["pump"])
    for pump, sale in zip((1, 2), sales, strict=True):
        seen = station.pump(pump)
        assert not seen["enable_made"]
        assert seen["flow_ml_per_min"] == 0
        assert not sale.data["estimated"]
        assert sale.data["ended_by"] == "shutdown"
        assert abs(sale.data["volume_ml"] - seen["dispensed_nl"] / NL_PER_ML) <= PULSE_ML
    assert station.central_sales() == station.sales()
    assert station.verify().endswith("nothing wrong")

    station.start_gateway()
    station.delivered()
    assert len(station.sales()) == 2
    seen = station.pump()
    assert (seen["lever"], seen["enable_made"]) == ("squeezed", False)


def test_sigterm_before_the_nozzle_is_lifted_charges_nothing(offline: Station) -> None:
    offline.start_gateway()
    offline.authorise(offline.card())
    assert offline.gateway.stop() == 0
    assert offline.sales() == []
    assert not offline.open_sessions()
