"""A gateway that stands still, as one that is starved of the processor for a moment: the timer or
the co-processor shuts, the fill is recorded, and nobody needs a technician."""

import signal

import pytest

from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import NL_PER_ML, PULSE_ML


@pytest.mark.parametrize("limiter", ["timer", "pico"])
def test_it_ends_its_fill_and_sells_it(make_station: MakeStation, limiter: str) -> None:
    station = make_station()
    if limiter == "pico":
        station.fit_pico()
    station.start_forecourt()
    station.start_gateway()
    start_nl = station.pump()["dispensed_nl"]
    card = station.card()
    station.begin(card)
    until("a litre", lambda: station.pump()["dispensed_nl"] - start_nl > 1000 * NL_PER_ML)
    station.gateway.process.send_signal(signal.SIGSTOP)
    shut = station.stands_still()
    station.gateway.process.send_signal(signal.SIGCONT)
    until("the sale", lambda: station.sales_of(card))
    (sale,) = station.entries("sale.completed")
    assert sale.data["ended_by"] == "limiter_lease"
    assert not sale.data["estimated"]
    assert 0 <= (shut["dispensed_nl"] - start_nl) / NL_PER_ML - sale.data["volume_ml"] < PULSE_ML
    # The nozzle is still lifted and squeezed.
    assert station.stands_still()["dispensed_nl"] == shut["dispensed_nl"]
    station.do("hang")
    station.see_pump(1, "rest", lambda pump: pump.state == "idle" and pump.fault is None)
    station.begin(station.card())
    until("fuel", lambda: station.pump()["dispensed_nl"] > shut["dispensed_nl"])
    station.do("hang")
    station.see_pump(1, "rest again", lambda pump: pump.state == "idle")
    assert not station.entries("pump.faulted")
