"""`takar calibrate` at a pump whose configured ratio is 1.2 % off, with every part a process."""

import subprocess
import sys

import pytest

from tests.faults.records import until
from tests.faults.station import Station

CAN_ML = 20_000


def draw(station: Station, uid: str) -> int:
    """Fill the can; what is truly in it, in ml."""
    before_ml = station.pump()["dispensed_ml"]
    station.begin(uid, free_ml=CAN_ML)
    station.finish()
    drawn_ml: int = station.pump()["dispensed_ml"] - before_ml
    return drawn_ml


@pytest.mark.long
def test_three_draws_put_it_right(offline: Station) -> None:
    offline.configure("calibration_pulses", 1012)
    offline.configure("calibration_litres", 10)
    offline.start_gateway()
    uid = offline.uid_of("technician")
    offline.tap(uid)
    offline.see_refused("unknown_card")
    offline.do("remove")
    offline.see_pump(1, "rest", lambda pump: pump.state == "idle")
    config = offline.folder / offline.configuration
    with subprocess.Popen(
        [sys.executable, "-m", "gateway.cli", "calibrate", "--config", config, "--pump", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as asked:
        assert asked.stdin is not None
        assert asked.stdout is not None
        for number in (1, 2, 3):
            assert f"Draw {number} of 3" in asked.stdout.readline()
            can_ml = draw(offline, uid)
            asked.stdin.write(f"{can_ml}\n")
            asked.stdin.flush()
            asked.stdout.readline()
        text = ""
        while "Technician's card" not in text:
            text += asked.stdout.readline()
        assert "1012 pulses / 10 L, error -11" in text
        offline.tap(uid)
        out = asked.stdout.read()
        assert asked.wait(30) == 0
        assert "from the next fill on" in out
    offline.do("remove")
    (changed,) = offline.recorded("calibration.changed")
    assert changed.data["by"] == uid
    assert abs(changed.data["error_before_ppm"] + 11_858) < 500
    drawn = offline.entries("calibration.drawn")
    assert len(drawn) == 3
    assert offline.sales() == []
    until("rest", lambda: offline.watch.newest is not None)
    before_ml = offline.pump()["dispensed_ml"]
    sale = offline.fill(offline.card(), 3_000)
    true_ml = offline.pump()["dispensed_ml"] - before_ml
    assert abs(sale.volume_ml - true_ml) <= 20
    assert offline.gateway.stop() == 0
    assert offline.verify().endswith("nothing wrong")
    offline.start_gateway()
    before_ml = offline.pump()["dispensed_ml"]
    sale = offline.fill(offline.card(), 3_000)
    assert abs(sale.volume_ml - (offline.pump()["dispensed_ml"] - before_ml)) <= 20
