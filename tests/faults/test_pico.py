"""A real gateway over a simulated co-processor: fills to the pulse, whatever its cable suffers."""

import re

import pytest

from hardware.simulated.pico.settings import DEMO_SERIAL
from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import NL_PER_ML, PULSE_ML, STOP_BOUND_ML, Station

LITRE_NL = 1000 * NL_PER_ML


@pytest.fixture
def station(make_station: MakeStation) -> Station:
    station = make_station()
    station.fit_pico()
    station.start_forecourt()
    station.start_gateway()
    return station


def test_a_fill_is_sold_to_the_pulse(station: Station) -> None:
    start_nl = station.pump()["dispensed_nl"]
    sale = station.fill(station.card(), free_ml=2345)
    flowed_ml = (station.pump()["dispensed_nl"] - start_nl) / NL_PER_ML
    assert 0 <= flowed_ml - sale.volume_ml < PULSE_ML
    assert not sale.estimated


def test_a_fill_ends_at_its_limit_to_the_pulse(station: Station) -> None:
    """Nobody lets go of the lever. The valve's lag is not learned yet: not under, little over."""
    start_nl = station.pump()["dispensed_nl"]
    card = station.card_that(
        lambda card: (
            (card.vehicle, card.status) == ("motorcycle", "active") and card.product == "pertamax"
        )
    )
    station.begin(card)
    stop_ml = station.see_pump(1, "its limit", lambda pump: pump.stop_ml is not None).stop_ml
    assert stop_ml is not None
    until("the sale", lambda: station.sales_of(card))
    flowed_ml = (station.stands_still()["dispensed_nl"] - start_nl) / NL_PER_ML
    (entry,) = station.entries("sale.completed")
    sold_ml = entry.data["volume_ml"]
    assert entry.data["ended_by"] == "tank_limit"
    assert 0 <= flowed_ml - sold_ml < PULSE_ML
    assert stop_ml - PULSE_ML <= sold_ml <= stop_ml + STOP_BOUND_ML
    station.do("hang")
    station.see_pump(1, "rest", lambda pump: pump.state == "idle" and pump.fault is None)


def test_a_cable_pulled_in_mid_fill_costs_no_pulse(station: Station) -> None:
    start_nl = station.pump()["dispensed_nl"]
    card = station.card()
    station.begin(card)
    until("a litre", lambda: station.pump()["dispensed_nl"] - start_nl > LITRE_NL)
    station.do("fault", name="pico_unplugged", on=True)
    station.see_pump(1, "the silence", lambda pump: pump.fault == "limiter_silent")
    station.stands_still()
    # The nozzle stays lifted and squeezed: nothing may flow when the cable is back.
    assert not station.sales_of(card)
    station.do("fault", name="pico_unplugged", on=False)
    until("the sale", lambda: station.sales_of(card))
    (sale,) = station.sales_of(card)
    flowed_ml = (station.stands_still()["dispensed_nl"] - start_nl) / NL_PER_ML
    assert 0 <= flowed_ml - sale.volume_ml < PULSE_ML
    assert not sale.estimated
    station.do("hang")
    station.see_pump(1, "rest", lambda pump: pump.state == "idle" and pump.fault is None)
    assert station.fill(station.card(), free_ml=300).volume_ml >= 300 - PULSE_ML


def test_a_gateway_whose_co_processor_is_absent_says_which_and_what_to_check(
    make_station: MakeStation,
) -> None:
    station = make_station()
    station.start_forecourt()
    station.fit_pico()  # in the configuration, and not on the cable
    status, text = station.run("gateway", "--config", str(station.folder / station.configuration))
    assert status == 1
    assert f"co-processor {DEMO_SERIAL}: expected a USB serial port with that serial number" in text
    assert "found none; check the cable, its power" in text
    assert "Traceback" not in text


def test_a_co_processor_is_looked_at_and_flashed(make_station: MakeStation) -> None:
    station = make_station()
    station.fit_pico()
    config = str(station.folder / station.configuration)
    status, text = station.run("pico", "status", "--config", config)
    assert status == 1
    assert "e6614c311b000001" in text
    assert "check the cable" in text
    station.start_forecourt()
    said = station.takar("pico", "status", "--config", config)
    assert "in folder a" in said
    assert "pump 2 (dexlite): totaliser 0 pulses, 0.000 L by the configuration" in said
    assert "it knows no ledger yet" in said
    assert "totalisers kept" in station.takar("pico", "flash", "--config", config)
    assert "in folder b" in station.takar("pico", "status", "--config", config)
    station.start_gateway()
    status, text = station.run("pico", "status", "--config", config)
    assert status == 1
    assert "end the other program" in text
    station.fill(station.card())
    head = station.entries()[-1].sequence
    assert station.gateway.stop() == 0
    said = station.takar("pico", "status", "--config", config)
    assert "pump 1 (pertamax): totaliser 30 pulses, 0.300 L" in said
    assert re.search(rf"knows this ledger through entry [\d,]+, .*, of {head:,} here", said)
