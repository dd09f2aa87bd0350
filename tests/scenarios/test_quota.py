"""A small quota, granted by a running central, is never exceeded, not by one drop."""

from collections.abc import Callable

from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import NL_PER_ML
from tests.mqtt.brokers import RunningBroker
from tests.scenarios.office import MOTORCYCLE, register

SUBJECT = MOTORCYCLE.subject
UID = "04A1B2C3D4E5F6"
QUOTA_ML = 5000
"""More than one reservation, so that it is topped up on the way."""


def test_a_small_grant_is_never_exceeded(
    make_station: MakeStation, start_mosquitto: Callable[..., RunningBroker]
) -> None:
    broker = start_mosquitto()
    station = make_station(broker.settings.port)
    station.start_forecourt()
    station.start_central()
    station.start_gateway()
    minted = register(station, MOTORCYCLE, [UID], QUOTA_ML)
    assert (minted.grants, minted.volume_ml) == (1, QUOTA_ML)
    until("the grant", lambda: station.entries("grant.activated")[-1].data["subject"] == SUBJECT)

    station.tap(UID)
    answer = station.see_pump(1, "an answer", lambda p: p.state == "authorised")
    assert answer.remaining_ml == QUOTA_ML
    station.do("remove")
    station.do("lift")
    station.do("squeeze")
    station.see_pump(1, "the end at the limit", lambda p: p.state == "idle")
    (sale,) = station.entries("sale.completed")
    assert sale.data["ended_by"] == "quota_exhausted"
    dispensed_nl = station.pump()["dispensed_nl"]
    assert dispensed_nl <= QUOTA_ML * NL_PER_ML
    told = station.takar("metrics", "--config", str(station.folder / "gateway.toml"))
    assert 'takar_fills_total{gateway="gateway",product="pertamax",pump="1"} 1.0' in told
    assert 'takar_tap_to_decision_seconds_count{gateway="gateway",pump="1"} 1.0' in told
    assert answer.stop_ml is not None
    assert dispensed_nl >= answer.stop_ml * NL_PER_ML
    assert sum(charge["volume_ml"] for charge in sale.data["charges"]) == sale.data["volume_ml"]
    station.do("hang")

    station.tap(UID)
    station.see_code("quota_exhausted")
    station.do("remove")
    station.delivered()
    assert station.central_sales() == station.sales()

    broker.kill()
    station.see("the link to be down", lambda s: not s.online)
    station.tap(UID, pump=2)
    station.see_code("grant_empty_offline", pump=2)
    assert station.pump()["dispensed_nl"] == dispensed_nl
    station.recorded("sale.refused", 2)
    assert station.refusals() == [("quota_exhausted", UID), ("grant_empty_offline", UID)]
