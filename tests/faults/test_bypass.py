"""The bypass key at a real gateway: killed while fuel flows by it, nothing is lost or counted
twice; the voucher fits; an audit finds nothing."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from gateway.cli import takar
from gateway.setup.configurations import ZONE
from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import MAX_FLOW_ML_PER_S, NL_PER_ML, PULSE_ML, Station


def _ready(make_station: MakeStation, *, pico: bool) -> Station:
    station = make_station()
    if pico:
        station.fit_pico()
    station.start_forecourt()
    station.start_gateway()
    return station


def _dispensed_ml(station: Station, since_nl: int = 0) -> float:
    return float(station.pump()["dispensed_nl"] - since_nl) / NL_PER_ML


def _bypassed_ml(station: Station) -> int:
    return sum(entry.data["volume_ml"] for entry in station.entries("flow.bypassed"))


def _flows(station: Station, more_ml: int) -> None:
    start_nl = station.pump()["dispensed_nl"]
    until("fuel to flow by the key", lambda: _dispensed_ml(station, start_nl) >= more_ml)


def _takar(*arguments: str) -> str:
    """In this process: starting one takes longer than most commands."""
    result = CliRunner().invoke(takar, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def _voucher(station: Station, litres: str, plate: str) -> None:
    _takar(
        *("voucher", "enter", "--config", str(station.folder / station.configuration)),
        *("--serial", "A-0001", "--plate", plate, "--litres", litres, "--pump", "1"),
        *("--at", f"{datetime.now(ZoneInfo(ZONE)):%Y-%m-%d %H:%M}", "--by", "Ama"),
    )


def _audited(station: Station) -> str:
    export, keys = str(station.folder / "export.jsonl"), str(station.folder / "public-keys")
    _takar("ledger", "export", str(station.ledger.parent), "--output", export)
    _takar("keys", "export", keys, "--config", str(station.folder / "central.toml"))
    return _takar("audit", export, "--keys", keys)


@pytest.mark.parametrize("pico", [True, False])
def test_a_gateway_is_killed_while_fuel_flows_by_the_key(
    make_station: MakeStation, *, pico: bool
) -> None:
    station = _ready(make_station, pico=pico)
    card = station.card()
    station.do("bypass", on=True)
    station.see_pump(1, "the key", lambda pump: pump.state == "bypassed")
    station.tap(card)
    until("a refusal", lambda: station.refusals() == [("bypass_on", card.uid)])
    station.do("remove")
    station.do("lift")
    station.do("squeeze")
    _flows(station, 300)
    station.gateway.kill()
    _flows(station, 300)
    station.start_gateway()
    seen = station.see_pump(1, "the key", lambda pump: pump.state == "bypassed")
    assert seen.code == "bypass_on"
    _flows(station, 200)
    station.do("hang")
    station.do("bypass", on=False)
    station.see_pump(1, "a free pump", lambda pump: pump.state == "idle")
    (off,) = [e for e in station.recorded("bypass.changed", 2) if not e.data["on"]]
    assert off.data["pump"] == 1
    dispensed_ml = _dispensed_ml(station)
    if pico:
        until(
            "all of it to be written",
            lambda: 0 <= dispensed_ml - _bypassed_ml(station) < PULSE_ML,
        )
        assert [e.data["unattended"] for e in station.entries("flow.bypassed")].count(True) == 1
        assert not station.entries("flow.uncounted")
    else:
        (unseen,) = station.entries("flow.uncounted")
        assert unseen.data["bypass"]
        until("the rest to be written", lambda: _bypassed_ml(station) >= 200 - PULSE_ML)
        assert 0 <= dispensed_ml - _bypassed_ml(station) <= unseen.data["bound_ml"] + PULSE_ML
        assert unseen.data["bound_ml"] >= 300
        assert unseen.data["bound_ml"] < 60 * MAX_FLOW_ML_PER_S
    assert not station.entries("flow.unauthorised")
    assert not station.entries("pump.faulted")
    assert station.sales() == []
    # Nothing is locked: the next card is served as ever.
    assert not station.fill(card, free_ml=300).estimated
    litres = f"{_bypassed_ml(station) / 1000:.3f}"
    _voucher(station, litres, station.card().plate)
    station.gateway.stop()
    station.verify()
    page = _audited(station)
    assert "NOTHING WRONG FOUND" in page
    assert "0.000 L of it on no voucher" in page
    assert "0.000 L of it by no bypass key" in page


@pytest.mark.long
def test_a_fill_is_closed_first_and_the_stop_goes_before_the_key(
    make_station: MakeStation,
) -> None:
    station = _ready(make_station, pico=True)
    card = station.card()
    station.begin(card)
    station.see_pump(1, "fuel", lambda pump: pump.volume_ml >= 300)
    station.do("bypass", on=True)
    station.recorded("sale.completed")
    (sale,) = station.sales_of(card)
    assert not sale.estimated
    _flows(station, 400)
    station.control.ask("stop", pressed=True)
    station.stands_still()
    at_rest_ml = _dispensed_ml(station)
    station.see_pump(1, "the stop", lambda pump: pump.state == "emergency_stop")
    station.do("hang")
    station.control.ask("stop", pressed=False)
    station.do("bypass", on=False)
    station.see_pump(1, "a free pump", lambda pump: pump.state == "idle")
    until(
        "all of it to be written",
        lambda: 0 <= at_rest_ml - sale.volume_ml - _bypassed_ml(station) < PULSE_ML,
    )
    assert not station.entries("flow.unauthorised")
    station.gateway.stop()
    station.verify()


def test_a_key_turned_and_back_while_the_co_processor_is_unplugged(
    make_station: MakeStation,
) -> None:
    """It counts on; what it tells when it is back came by the key."""
    station = _ready(make_station, pico=True)
    station.do("fault", name="pico_unplugged", on=True)
    station.see_pump(1, "the silence", lambda pump: pump.fault == "limiter_silent")
    station.do("bypass", on=True)
    station.see_pump(1, "the key", lambda pump: pump.state == "bypassed")
    station.do("lift")
    station.do("squeeze")
    _flows(station, 300)
    station.do("hang")
    station.do("bypass", on=False)
    station.see_pump(1, "the fault", lambda pump: pump.state == "faulted")
    station.stands_still()
    station.do("fault", name="pico_unplugged", on=False)
    station.see_pump(1, "a free pump", lambda pump: pump.state == "idle")
    dispensed_ml = _dispensed_ml(station)
    until("all of it to be written", lambda: 0 <= dispensed_ml - _bypassed_ml(station) < PULSE_ML)
    assert not station.entries("flow.unauthorised")
