"""A draw into a test can, and signal 9 to the gateway in the middle of the next one.

Nobody is charged, nothing of the calibration is left, and what was drawn is in the ledger: to the
pulse where a co-processor counted on, else as far as it was counted and with a bound.
"""

import signal

import pytest

from gateway.runtime.control import ask, control_path
from gateway.runtime.requests import BeginCalibration, LookAtCalibration, ReadCan
from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import NL_PER_ML, PULSE_ML

DRAWN_ML = 1_000
CAN_ML = 20_000


@pytest.mark.parametrize("limiter", ["timer", "pico"])
def test_killed_in_a_draw(make_station: MakeStation, limiter: str) -> None:
    station = make_station()
    if limiter == "pico":
        station.fit_pico()
    station.start_forecourt()
    station.start_gateway()
    control = control_path(str(station.folder / "gateway.sock"))
    technician = station.uid_of("technician")
    token = str(ask(control, BeginCalibration(1))["token"])
    station.begin(technician, free_ml=DRAWN_ML)
    station.finish()
    whole = until("the draw", lambda: station.entries("calibration.drawn"))[0].data
    dispensed_ml = station.pump()["dispensed_nl"] / NL_PER_ML
    assert 0 <= dispensed_ml - whole["volume_ml"] < PULSE_ML
    if limiter == "pico":
        counted = whole["counter_end"]["pulses"] - whole["counter_start"]["pulses"]
        assert (counted, whole["estimated"]) == (whole["pulses"], False)
    assert ask(control, LookAtCalibration(1, token))["step"] == "read"
    assert ask(control, ReadCan(1, token, CAN_ML))["step"] == "draw"

    start_nl = station.pump()["dispensed_nl"]
    station.begin(technician)
    until("a litre", lambda: station.pump()["dispensed_nl"] - start_nl > 1000 * NL_PER_ML)
    station.gateway.process.send_signal(signal.SIGKILL)
    drawn_ml = (station.stands_still()["dispensed_nl"] - start_nl) / NL_PER_ML
    station.gateway.kill()
    station.start_gateway()
    _, cut = (entry.data for entry in station.entries("calibration.drawn"))
    assert cut["card"] == technician
    if limiter == "pico":
        assert not cut["estimated"]
        assert 0 <= drawn_ml - cut["volume_ml"] < PULSE_ML
    else:
        assert cut["estimated"]
        assert cut["volume_ml"] <= drawn_ml <= cut["volume_ml"] + cut["unseen_ml"]
    assert not station.open_sessions()
    assert station.sales() == []
    assert not station.entries("calibration.changed")

    station.do("hang")
    station.tap(technician)
    station.see_refused("unknown_card")
    station.do("remove")
    station.see_pump(1, "rest", lambda pump: pump.state == "idle")
    card = station.card()
    station.fill(card)
    assert len(station.sales_of(card)) == 1
    assert station.verify().endswith("nothing wrong")
