"""Older folders put back under a real gateway, whose co-processor remembers better."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from mqtt.broker import free_port
from mqtt.central.database import open_database
from mqtt.central.tables import grants
from tests.faults.conftest import MakeStation
from tests.faults.records import until
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


def refuses(station: Station, code: str) -> None:
    """A start that sells nothing, and says why on the pump and in `live`."""
    assert station.start_gateway().blocked == code
    station.tap(station.card())
    station.see_refused(code)
    station.do("remove")
    assert station.gateway.stop() == 0


def sells(station: Station) -> None:
    assert station.start_gateway().blocked is None
    station.fill(station.card())
    assert station.gateway.stop() == 0


def test_an_old_copy_sells_nothing_offline(make_station: MakeStation) -> None:
    station = make_station()
    station.fit_pico()
    state, image, newer = (station.folder / name for name in ("gateway", "image", "newer"))
    station.start_forecourt()
    sells(station)
    assert (differed(station), unwitnessed(station)) == (["blank"], [True])
    shutil.copytree(state, image)
    sells(station)
    assert (differed(station), unwitnessed(station)) == (["blank"], [True, False])
    state.rename(newer)

    shutil.copytree(image, state)
    for _ in range(2):
        # Its own entries grow beyond what was witnessed, and are still another history.
        refuses(station, "witness_ahead")
    assert len(station.entries("sale.completed")) == 1
    found = differed(station)
    assert (found[:2], len(found)) == (["blank", "behind"], 3)
    assert found[2] in ("behind", "fork")
    assert "an older copy was put back" in station.log("gateway")

    shutil.rmtree(state)
    newer.rename(state)
    sells(station)
    assert unwitnessed(station) == [True, False, False]


def test_a_restored_ledger_sells_once_central_has_confirmed_it(
    make_station: MakeStation, broker: RunningBroker
) -> None:
    station = make_station(broker.settings.port)
    station.fit_pico()
    state, old = station.folder / "gateway", station.folder / "old"
    config, backup = str(station.folder / station.configuration), station.folder / "stick"
    station.start_forecourt()
    station.start_central()
    station.start_gateway()
    station.fill(station.card())
    station.takar("backup", config, str(backup))
    station.fill(station.card())
    station.delivered()
    assert station.gateway.stop() == 0
    state.rename(old)
    station.takar("restore", config, "--backup", str(backup), "--by", "technician")
    station.configure("port", free_port())
    refuses(station, "not_confirmed")
    assert differed(station) == ["restored"]

    station.configure("port", broker.settings.port)
    station.start_gateway()
    station.see("central to confirm", lambda seen: seen.online and seen.blocked is None)
    _sell_what_a_person_returned(station)
    assert station.gateway.stop() == 0
    assert station.start_gateway().blocked is None
    assert station.gateway.stop() == 0
    assert unwitnessed(station)[-1] is False

    # Whoever finds the old card finds it of no use.
    shutil.rmtree(state)
    old.rename(state)
    refuses(station, "witness_other")


def _sell_what_a_person_returned(station: Station) -> None:
    """All that the old incarnation held counts as sold."""
    card = station.card()
    subject = card.plate.replace(" ", "-").lower()
    engine = open_database(station.folder / "central" / "central.sqlite3")
    with engine.connect() as connection:
        number, incarnation = connection.execute(
            select(grants.c.grant_no, grants.c.incarnation).where(grants.c.subject == subject)
        ).one()
    engine.dispose()
    station.takar(
        *("grants", "return", "--config", str(station.folder / "central.toml")),
        *("gateway", str(number), "--incarnation", incarnation, "--spent-ml", "0"),
        *("--by", "auditor", "--reason", "its old card was read"),
    )
    station.tap(card)
    until("a grant", lambda: station.entries("grant.activated"))
    station.do("remove")
    station.see_pump(1, "rest", lambda pump: pump.state == "idle")
    station.fill(card)
    station.delivered()
