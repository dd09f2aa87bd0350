"""A gateway is killed in mid-fill; the co-processor that counted on says what was taken."""

from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import NL_PER_ML, PULSE_ML, Station


def _ready(make_station: MakeStation) -> Station:
    station = make_station()
    station.fit_pico()
    station.start_forecourt()
    station.start_gateway()
    return station


def test_a_kill_in_mid_fill_is_charged_to_the_pulse(make_station: MakeStation) -> None:
    station = _ready(make_station)
    start_nl = station.pump()["dispensed_nl"]
    card = station.card()
    station.begin(card)
    station.see_pump(1, "fuel", lambda pump: pump.volume_ml >= 500)
    station.gateway.kill()
    station.stands_still()
    flowed_ml = (station.pump()["dispensed_nl"] - start_nl) / NL_PER_ML
    station.do("hang")
    station.start_gateway()
    (sale,) = station.sales_of(card)
    assert not sale.estimated
    assert 0 <= flowed_ml - sale.volume_ml < PULSE_ML
    assert not station.entries("flow.uncounted")
    assert not station.entries("flow.unauthorised")
    # The next fill begins where the count stands, and nothing has drifted.
    again = station.fill(station.card(), free_ml=700)
    until("both to be compared", lambda: len(station.sales()) == 2)
    first, second = station.entries("sale.completed")
    assert second.data["counter_start"] == first.data["counter_end"]
    assert not again.estimated
    assert not station.entries("totaliser.drifted")


def test_what_leaks_while_the_gateway_is_dead_is_unauthorised(make_station: MakeStation) -> None:
    station = _ready(make_station)
    sale = station.fill(station.card(), free_ml=600)
    station.gateway.kill()
    start_nl = station.pump()["dispensed_nl"]
    station.do("fault", name="flow_while_closed", value=6000)
    until("a leak", lambda: station.pump()["dispensed_nl"] - start_nl > 150 * NL_PER_ML)
    station.do("fault", name="flow_while_closed", on=False)
    leaked_ml = (station.pump()["dispensed_nl"] - start_nl) / NL_PER_ML
    station.start_gateway()
    (flow,) = station.entries("flow.unauthorised")
    assert abs(flow.data["volume_ml"] - leaked_ml) < PULSE_ML
    assert station.sales() == [sale]


def test_a_dispensers_own_totaliser_is_entered_by_hand(make_station: MakeStation) -> None:
    station = _ready(make_station)

    def enter(litres: str) -> tuple[int, str]:
        configuration = str(station.folder / station.configuration)
        return station.run(
            *("totaliser", "enter", "--config", configuration),
            *("--pump", "1", "--by", "Ama Nalle", "--reading", litres),
        )

    assert enter("184203.5")[0] == 0
    sale = station.fill(station.card(), free_ml=600)
    status, text = enter("184204.1")
    assert status == 0, text
    assert f"Takar 0,{sale.volume_ml:03d} L" in text
    status, text = enter("184209.9")
    assert status == 1
    assert "ALARM" in text
    (drift,) = station.recorded("totaliser.drifted")
    assert (drift.data["against"], drift.data["counted_ml"]) == ("dispenser", 5800)
    station.see_pump(1, "the alarm", lambda pump: pump.alarm == "totaliser_drifted")
    status, text = enter("1")
    assert status == 1
    assert "replaced" in text
    station.verify()
