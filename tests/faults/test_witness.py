"""An older folder put back over a real gateway, whose co-processor remembers better."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mqtt.broker import free_port
from tests.faults.conftest import MakeStation
from tests.faults.station import Station
from tests.mqtt.brokers import RunningBroker, mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    running = mosquitto(tmp_path, "3.1.1")
    yield running
    running.kill()


def differed(station: Station) -> list[str]:
    return [entry.data["found"] for entry in station.entries("witness.differed")]


def unwitnessed(station: Station) -> list[bool]:
    return [entry.data["unwitnessed"] for entry in station.entries("gateway.booted")]


def test_an_old_copy_sells_nothing_until_it_is_restored(
    make_station: MakeStation, broker: RunningBroker
) -> None:
    station = make_station(broker.settings.port)
    station.fit_pico()
    state, image = station.folder / "gateway", station.folder / "image"
    station.start_forecourt()
    station.start_central()
    station.start_gateway()
    station.fill(station.card())
    station.delivered()
    assert station.gateway.stop() == 0
    assert (differed(station), unwitnessed(station)) == (["blank"], [True])
    shutil.copytree(state, image)
    assert station.start_gateway().blocked is None
    station.fill(station.card())
    station.delivered()
    assert station.gateway.stop() == 0
    assert (differed(station), unwitnessed(station)) == (["blank"], [True, False])
    newer = state.rename(station.folder / "newer")

    # Offline, nobody but the co-processor can tell.
    shutil.copytree(image, state)
    station.configure("port", free_port())
    for starts in (1, 2):
        assert station.start_gateway().blocked == "witness_ahead"
        station.tap(station.card())
        station.see_refused("witness_ahead")
        station.do("remove")
        assert station.gateway.stop() == 0
        assert len(station.entries("sale.completed")) == 1
        found = differed(station)
        assert found[0] == "blank"
        assert len(found) == 1 + starts
        assert set(found[1:]) <= {"behind", "fork"}
    assert "an older copy was put back" in station.log("gateway")

    # The right one still sells.
    shutil.rmtree(state)
    shutil.copytree(newer, state)
    assert station.start_gateway().blocked is None
    station.fill(station.card())
    assert station.gateway.stop() == 0

    # And a fresh incarnation, once central has confirmed it.
    shutil.rmtree(state)
    shutil.copytree(image, state)
    backup = station.folder / "stick"
    config = str(station.folder / station.configuration)
    station.takar("backup", config, str(backup))
    shutil.rmtree(state)
    station.takar("restore", config, "--backup", str(backup), "--by", "technician")
    assert station.start_gateway().blocked == "not_confirmed"
    assert station.gateway.stop() == 0
    assert differed(station) == ["restored"]
    station.configure("port", broker.settings.port)
    station.start_gateway()
    station.see("central to confirm", lambda seen: seen.online and seen.blocked is None)
    station.fill(station.card())
    station.delivered()
    assert station.gateway.stop() == 0
    assert station.start_gateway().blocked is None
    assert station.gateway.stop() == 0
    assert unwitnessed(station)[-1] is False
