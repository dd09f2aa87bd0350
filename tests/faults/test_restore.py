"""A dead card, a dead central, and an old image put back: with every part a real process."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mqtt.broker import free_port
from mqtt.central.database import open_database
from mqtt.central.report import make_report
from mqtt.central.report_tables import sales
from mqtt.central.tables import grants, identity
from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import Station
from tests.mqtt.brokers import RunningBroker, mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    running = mosquitto(tmp_path, "3.1.1")
    yield running
    running.kill()


@pytest.fixture
def station(make_station: MakeStation, broker: RunningBroker) -> Station:
    made = make_station(broker.settings.port)
    made.start_forecourt()
    made.start_central()
    made.start_gateway()
    return made


def at_central(station: Station, query: Any) -> list[Any]:
    engine = open_database(station.folder / "central" / "central.sqlite3")
    try:
        with engine.connect() as connection:
            return list(connection.execute(query))
    finally:
        engine.dispose()


def sold_ml(station: Station) -> int:
    return sum(volume_ml for (volume_ml,) in at_central(station, select(sales.c.volume_ml)))


def test_a_dead_card(station: Station) -> None:
    """Backed up, sold on, died: what central had stays, and what the card held counts as sold."""
    config, backup = str(station.folder / "gateway.toml"), station.folder / "stick"
    first = station.fill(station.card())
    assert "ledger through entry" in station.takar("backup", config, str(backup))
    later = station.fill(station.card())
    station.delivered()
    station.gateway.kill()
    shutil.rmtree(station.folder / "gateway")
    said = station.takar("restore", config, "--backup", str(backup), "--by", "technician")
    assert "sells nothing until central has confirmed it" in said
    station.start_gateway()
    station.see("central to confirm", lambda seen: seen.online and seen.blocked is None)
    assert sold_ml(station) == first.volume_ml + later.volume_ml
    held = at_central(station, select(grants.c.volume_ml, grants.c.closed_ml))
    assert held
    assert all(closed_ml == volume_ml for volume_ml, closed_ml in held)
    station.tap(station.card())
    station.see_pump(1, "a refusal", lambda p: p.state == "refused")
    status, text = station.run("ledger", "verify", str(station.folder / "gateway"))
    assert status == 0, text


def test_a_dead_central(station: Station) -> None:
    """It learns from the gateway what came after the backup, and the gateway sells on."""
    config, backup = str(station.folder / "central.toml"), station.folder / "stick"
    first = station.fill(station.card())
    station.takar("backup", config, str(backup))
    later = station.fill(station.card())
    station.delivered()
    status, text = station.run("restore", config, "--backup", str(backup))
    assert (status, "stop that one first" in text) == (1, True), text
    station.central.kill()
    shutil.rmtree(station.folder / "central")
    meanwhile = station.fill(station.card())
    assert "mints nothing until these have reported: gateway" in station.takar(
        "restore", config, "--backup", str(backup)
    )
    station.start_central()
    total_ml = first.volume_ml + later.volume_ml + meanwhile.volume_ml
    until("all sales", lambda: sold_ml(station) == total_ml)
    until("the new directives", lambda: _epochs_applied(station) == [1, _epoch(station)])
    last = station.fill(station.card())
    station.delivered()
    until("the last sale", lambda: sold_ml(station) == total_ml + last.volume_ml)
    assert "nothing is minted: restored; waits for" in station.log("central")
    assert "minting again" in station.log("central")


@pytest.mark.parametrize("sells_first", [False, True], ids=["online", "sells-offline-first"])
def test_an_old_image_is_found_when_the_link_returns(station: Station, sells_first: bool) -> None:
    state, image = station.folder / "gateway", station.folder / "image"
    assert station.gateway.stop() == 0
    shutil.copytree(state, image)
    station.start_gateway()
    station.fill(station.card())
    station.delivered()
    assert station.gateway.stop() == 0
    shutil.rmtree(state)
    shutil.copytree(image, state)
    if sells_first:
        port = int(_setting(station, "port"))
        station.configure("port", free_port())
        station.start_gateway()
        station.fill(station.card())
        assert station.gateway.stop() == 0
        station.configure("port", port)
    station.start_gateway()
    station.see("the fork", lambda seen: seen.blocked == "ledger_forked")
    station.tap(station.card())
    station.see_code("ledger_forked")
    until("central's word of it", lambda: _fork(station))
    assert station.gateway.stop() == 0
    station.configure("port", free_port())
    assert station.start_gateway().blocked == "ledger_forked"


def test_refusing_to_sell_before_central_has_confirmed_this_start(
    make_station: MakeStation, broker: RunningBroker
) -> None:
    station = make_station(broker.settings.port)
    station.configure("unwitnessed_offline_boot", "refuse")
    station.start_forecourt()
    assert station.start_gateway().blocked == "not_confirmed"
    station.tap(station.card())
    station.see_code("not_confirmed")
    station.do("remove")
    station.start_central()
    station.see("central to confirm", lambda seen: seen.blocked is None)
    station.fill(station.card())
    station.delivered()
    assert station.gateway.stop() == 0
    # What the broker retains vouches for no later start.
    assert station.central.stop() == 0
    assert station.start_gateway().blocked == "not_confirmed"
    station.see("a link", lambda seen: seen.online)
    assert station.watch.newest is not None
    assert station.watch.newest.blocked == "not_confirmed"


def _setting(station: Station, key: str) -> str:
    lines = (station.folder / "gateway.toml").read_text().splitlines()
    return next(line for line in lines if line.startswith(f"{key} = ")).split(" = ")[1]


def _fork(station: Station) -> str | None:
    engine = open_database(station.folder / "central" / "central.sqlite3")
    try:
        return make_report(engine).gateways[0].fork
    finally:
        engine.dispose()


def _epoch(station: Station) -> int:
    ((epoch,),) = at_central(station, select(identity.c.epoch))
    return int(epoch)


def _epochs_applied(station: Station) -> list[int]:
    said = [entry for entry in station.entries() if entry.type == "allocation.applied"]
    return list(dict.fromkeys(entry.data["epoch"] for entry in said))
