"""`takar calibrate` at a pump whose configured ratio is 1.2 % off, with every part a process: the
change is delivered to central, in its report, and in an audit of its copy."""

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import Station
from tests.mqtt.brokers import RunningBroker

CAN_ML = 20_000


def draw(station: Station, uid: str) -> int:
    """Fill the can; what is truly in it, in ml."""
    before_ml = station.pump()["dispensed_ml"]
    station.begin(uid, free_ml=CAN_ML)
    station.finish()
    drawn_ml: int = station.pump()["dispensed_ml"] - before_ml
    return drawn_ml


def assert_central_has(station: Station, technician: str) -> None:
    config = str(station.folder / "central.toml")
    (line,) = [
        line
        for line in station.takar("report", "--config", config).splitlines()
        if "pulses a litre" in line
    ]
    assert "pump 1: 1012/10 to " in line
    assert f"accepted by card {technician}, change 1" in line
    assert "CHECK" not in line
    exports, keys = str(station.folder / "exports"), str(station.folder / "public-keys")
    station.takar("central", "export", exports, "--config", config)
    station.takar("keys", "export", keys, "--config", config)
    assert "NOTHING WRONG FOUND" in station.takar("audit", exports, "--keys", keys)


@pytest.mark.long
def test_three_draws_put_it_right(
    make_station: MakeStation, start_mosquitto: Callable[..., RunningBroker]
) -> None:
    station = make_station(start_mosquitto().settings.port)
    station.configure("calibration_pulses", 1012)
    station.configure("calibration_litres", 10)
    # A draw takes 20 s: on a busy machine a gateway would be late once within 300 ms.
    station.configure("timer_hold_ms", 1000)
    station.start_forecourt(physics="[[pumps]]\nnumber = 1\ntimer_hold_ms = 1000\n")
    station.start_central()
    station.start_gateway()
    uid = station.uid_of("technician")
    station.tap(uid)
    station.see_refused("unknown_card")
    station.do("remove")
    station.see_pump(1, "rest", lambda pump: pump.state == "idle")
    config = station.folder / station.configuration
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
            can_ml = draw(station, uid)
            asked.stdin.write(f"{can_ml}\n")
            asked.stdin.flush()
            asked.stdout.readline()
        text = ""
        while "Technician's card" not in text:
            text += asked.stdout.readline()
        assert "1012 pulses / 10 L, error -11" in text
        station.tap(uid)
        out = asked.stdout.read()
        assert asked.wait(30) == 0
        assert "from the next fill on" in out
    station.do("remove")
    (changed,) = station.recorded("calibration.changed")
    assert changed.data["by"] == uid
    assert abs(changed.data["error_before_ppm"] + 11_858) < 500
    drawn = station.entries("calibration.drawn")
    assert len(drawn) == 3
    assert station.sales() == []
    until("rest", lambda: station.watch.newest is not None)
    before_ml = station.pump()["dispensed_ml"]
    sale = station.fill(station.card(), 3_000)
    true_ml = station.pump()["dispensed_ml"] - before_ml
    assert abs(sale.volume_ml - true_ml) <= 20
    station.delivered()
    assert_central_has(station, uid)
    assert station.gateway.stop() == 0
    assert station.verify().endswith("nothing wrong")
    station.start_gateway()
    before_ml = station.pump()["dispensed_ml"]
    sale = station.fill(station.card(), 3_000)
    assert abs(sale.volume_ml - (station.pump()["dispensed_ml"] - before_ml)) <= 20
