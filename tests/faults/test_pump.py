"""Valve, meter, reader and stop fail at the forecourt; the gateway shuts, says so and records."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.runtime.control import ask, control_path
from gateway.runtime.requests import CloseShift, OpenShift
from tests.faults.records import until
from tests.faults.station import MAX_FLOW_ML_PER_S, NL_PER_ML, PULSE_ML, Station

NS_PER_S = 1_000_000_000
VALVE_S = 0.3
"""The longest that a valve takes to shut, as the gateway is configured."""


@pytest.fixture
def station(offline: Station) -> Station:
    offline.start_gateway()
    return offline


def dispensed_ml(station: Station, pump: int = 1) -> float:
    return float(station.pump(pump)["dispensed_nl"]) / NL_PER_ML


def flow_of(station: Station, volume_ml: int) -> None:
    start_ml = dispensed_ml(station)
    until("flow", lambda: dispensed_ml(station) - start_ml >= volume_ml)


def press(station: Station, *, on: bool) -> None:
    station.control.ask("stop", pressed=on)


def cut_wire(station: Station, *, on: bool) -> None:
    station.control.ask("fault", name="stop_wire_broken", on=on)


@pytest.mark.parametrize("stop", [press, cut_wire])
def test_an_emergency_stop_shuts_at_once_and_its_release_resumes_nothing(
    station: Station, stop: Callable[..., None]
) -> None:
    card = station.card()
    station.begin(card)
    station.begin(station.card("dexlite"), pump=2)
    flow_of(station, 500)
    before = station.control.ask("status")
    stop(station, on=True)
    after = station.control.ask("status")
    passed = [still(station, pump) - nanolitres(before, pump) for pump in (1, 2)]
    late_s = (after["now_ns"] - before["now_ns"]) / NS_PER_S
    assert max(passed) / NL_PER_ML <= (VALVE_S + late_s) * MAX_FLOW_ML_PER_S

    for pump in (1, 2):
        seen = station.see_pump(pump, "the stop", lambda p: p.state == "emergency_stop")
        assert seen.code == "emergency_stop"
    sales = station.recorded("sale.completed", 2)
    for sale in sales:
        data = sale.data
        assert (data["ended_by"], data["estimated"]) == ("emergency_stop", False)
        assert abs(data["volume_ml"] - dispensed_ml(station, data["pump"])) <= PULSE_ML
    station.tap(station.card())
    until("a refusal", station.refusals)
    assert station.refusals()[0][0] == "emergency_stop"
    station.do("remove")

    dispensed = [dispensed_ml(station, pump) for pump in (1, 2)]
    stop(station, on=False)
    for pump in (1, 2):
        station.see_pump(pump, "the release", lambda p: p.state == "idle")
        assert station.pump(pump)["lever"] == "squeezed"
        assert_no_contact(station, pump)
    assert [dispensed_ml(station, pump) for pump in (1, 2)] == dispensed
    changes = [e.data["pressed"] for e in station.recorded("emergency_stop.changed", 2)]
    assert changes == [True, False]
    station.do("hang")
    assert not station.fill(station.card()).estimated


def still(station: Station, pump: int) -> int:
    return int(station.stands_still(pump)["dispensed_nl"])


def assert_no_contact(station: Station, pump: int) -> None:
    seen = station.pump(pump)
    assert (seen["enable_made"], seen["limiter_made"]) == (False, False)


def nanolitres(status: dict[str, Any], pump: int) -> int:
    return int(status["pumps"][pump - 1]["dispensed_nl"])


def test_a_stop_pressed_before_the_start_is_seen(offline: Station) -> None:
    press(offline, on=True)
    offline.start_gateway()
    offline.see_code("emergency_stop")
    offline.tap(offline.card())
    until("a refusal", offline.refusals)
    press(offline, on=False)
    offline.see_code("ready")
    offline.fill(offline.card())


def test_a_valve_that_stays_open_locks_the_pump_until_a_technician_comes(
    station: Station,
) -> None:
    station.do("fault", name="valve_stuck_open")
    card = station.card()
    station.begin(card)
    flow_of(station, 300)
    station.tap(card)  # the same card again ends its fill
    faulted = station.see_pump(1, "the fault", lambda p: p.fault is not None)
    assert (faulted.fault, faulted.code) == ("valve_not_shut", "pump_fault")
    assert_no_contact(station, 1)
    (fault,) = station.recorded("pump.faulted")
    assert fault.data["fault"] == "valve_not_shut"
    station.do("hang")
    station.do("fault", name="valve_stuck_open", on=False)
    (sale,) = station.recorded("sale.completed")
    assert sale.data["volume_ml"] > 300
    assert not sale.data["estimated"]

    station.tap(station.card())
    until("a refusal", station.refusals)
    assert station.refusals()[0][0] == "pump_fault"
    technician = station.uid_of("technician")
    station.tap(technician)
    station.see_pump(1, "the fault to be cleared", lambda p: p.fault is None)
    (cleared,) = station.recorded("pump.cleared")
    assert (cleared.data["fault"], cleared.data["by"]) == ("valve_not_shut", technician)
    station.fill(station.card())
    assert station.gateway.stop() == 0
    all_is_accounted_for(station)


def test_a_leak_becomes_unauthorised_flow(station: Station) -> None:
    station.do("fault", name="flow_while_closed", value=9000)
    first, *_ = station.recorded("flow.unauthorised", 2)
    assert first.data["volume_ml"] >= 100
    station.see_pump(1, "the alarm", lambda pump: pump.alarm == "flow_unauthorised")
    station.do("fault", name="flow_while_closed", on=False)
    station.fill(station.card())
    control = control_path(str(station.folder / "gateway.sock"))
    opened = ask(control, OpenShift("Ama"))
    assert opened["since"]["pumps"][0]["unauthorised"] >= 1
    station.see("the shift", lambda now: now.shift_open)
    assert station.see_pump(1, "rest", lambda p: p.state == "idle").alarm == "flow_unauthorised"
    ask(control, CloseShift("Ama"))
    station.see_pump(1, "a sheet that says it", lambda pump: pump.alarm is None)
    station.see("no shift", lambda now: not now.shift_open)
    assert station.gateway.stop() == 0
    all_is_accounted_for(station)


def all_is_accounted_for(station: Station) -> None:
    """Sales and unauthorised flow together are what the forecourt dispensed, to the pulse."""
    kinds = ("sale.completed", "flow.unauthorised")
    recorded_ml = sum(e.data["volume_ml"] for kind in kinds for e in station.entries(kind))
    assert abs(recorded_ml - dispensed_ml(station)) <= PULSE_ML
    assert station.verify().endswith("nothing wrong")


def test_a_dead_bus_stops_its_pump_until_it_lives_again(station: Station) -> None:
    station.do("fault", name="spi_dead")
    dead = station.see_pump(1, "the fault", lambda p: p.fault is not None)
    assert (dead.state, dead.fault, dead.code) == ("faulted", "reader_silent", "pump_fault")
    (fault,) = station.recorded("pump.faulted")
    assert "3.3 V" in fault.data["detail"]
    station.fill(station.card("dexlite"), pump=2)
    station.do("fault", name="spi_dead", on=False)
    station.see_pump(1, "the reader", lambda p: p.fault is None and p.state == "idle")
    (cleared,) = station.recorded("pump.cleared")
    assert (cleared.data["fault"], cleared.data["by"]) == ("reader_silent", "itself")
    station.fill(station.card())


def test_a_welded_contact_locks_the_pump(station: Station) -> None:
    """The other contact, in series, keeps the valve shut."""
    station.do("fault", name="enable_welded")
    fault = station.see_pump(1, "the fault", lambda p: p.fault is not None).fault
    assert fault == "contact_welded"
    station.do("lift")
    station.do("squeeze")
    station.tap(station.card())
    until("a refusal", station.refusals)
    assert station.refusals()[0][0] == "pump_fault"
    assert dispensed_ml(station) == 0


def test_all_hardware_falls_silent_and_the_fill_is_still_recorded(station: Station) -> None:
    """Not even a lamp answers. The gateway lives on, shut, with what it had counted."""
    card = station.card()
    station.begin(card)
    flow_of(station, 300)
    station.see_pump(1, "the first litres", lambda p: p.volume_ml >= 200)
    station.forecourt.kill()
    silent = station.see_pump(1, "the fault", lambda p: p.fault is not None)
    assert silent.fault == "pump_silent"
    (sale,) = station.recorded("sale.completed")
    assert not sale.data["estimated"]
    assert sale.data["ended_by"] in ("pump_silent", "emergency_stop")
    assert sale.data["volume_ml"] >= 200
    assert station.gateway.running
    station.gateway.stop()
    assert station.verify().endswith("nothing wrong")

    station.start_forecourt()
    station.start_gateway()
    station.fill(card)
    assert [sale.estimated for sale in station.sales()] == [False, False]
