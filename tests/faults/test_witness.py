"""Older folders put back under a real gateway, whose co-processor remembers better."""

import json
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
    station.configure("start_s", 5)  # for the tap that only asks for litres
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

    # Once more before central knew of it, far from the station: it follows what no witness saw.
    station.do("fault", name="pico_unplugged", on=True)
    said = station.takar("restore", config, "--by", "the workshop")
    assert "restore again where it is plugged in" in said
    station.do("fault", name="pico_unplugged", on=False)
    refuses(station, "witness_other")
    assert "run `takar restore` with the co-processor plugged in" in station.log("gateway")
    witnessed = station.entries("witness.differed")[-1].data["incarnation"]
    said = station.takar("restore", config, "--by", "technician")
    assert f"takes over from {witnessed}, which a co-processor knows" in said
    (restored,) = station.entries("gateway.restored")
    assert (restored.data["by"], restored.data["witnessed"]) == ("technician", [witnessed])
    assert restored.data["previous"]["incarnation"] != witnessed
    refuses(station, "not_confirmed")

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


def test_what_only_a_co_processors_memory_held_is_not_missed(make_station: MakeStation) -> None:
    """A sale beside an open fill, then no power for either: the disk is ahead of its witness."""
    station = make_station()
    station.fit_pico()
    station.start_forecourt()
    sells(station)
    station.start_gateway()
    until("flash to be written", lambda: _kept_by_the_chip(station))
    station.begin(station.card("dexlite"), pump=2)
    sold = station.card()
    station.fill(sold)
    station.do("fault", name="pico_off", on=True)
    station.gateway.kill()
    head = station.entries()[-1].sequence
    kept = _kept_by_the_chip(station)
    assert kept < station.entries("sale.completed")[-1].sequence <= head
    station.stands_still(2)
    station.do("hang", 2)
    station.do("fault", name="pico_off", on=False)

    sells(station)
    assert (differed(station), unwitnessed(station)) == (["blank"], [True, False, False])
    until("flash to be written", lambda: _kept_by_the_chip(station) > head)
    assert station.verify().endswith("nothing wrong")


@pytest.mark.parametrize("others", [(), (1,)], ids=["a timer", "another co-processor"])
def test_a_pulled_cable_and_the_pumps_beside_it(
    make_station: MakeStation, others: tuple[int, ...]
) -> None:
    """One witness that is there is enough for all pumps; with none, none of them sells."""
    station = make_station()
    station.fit_pico(2)
    if others:
        station.fit_pico(*others, serial="e6614c311b000002")
    station.start_forecourt()
    station.start_gateway()
    station.fill(station.card())
    station.do("fault", 2, name="pico_unplugged", on=True)
    station.see_pump(2, "the silence", lambda pump: pump.fault == "limiter_silent")
    if others:
        station.fill(station.card())
    else:
        card = station.card()
        station.tap(card)
        station.see_refused("witness_silent")
        assert not station.open_sessions()
        station.do("remove")
        assert station.refusals()[-1] == ("witness_silent", card.uid)
        assert not station.pump()["enable_made"]
    station.do("fault", 2, name="pico_unplugged", on=False)
    station.see_pump(2, "an end of the fault", lambda pump: pump.fault is None)
    station.fill(station.card())
    station.fill(station.card("dexlite"), pump=2)
    assert station.verify().endswith("nothing wrong")


def _kept_by_the_chip(station: Station) -> int:
    """Of the ledger: the newest entry that it would still know without power; 0 for none."""
    ((serial, _),) = station.picos.items()
    memory = json.loads((station.folder / f"pico-{serial}.memory").read_text())
    lines = (bytes.fromhex(slot).decode() for slot in memory["slots"].values())
    heads = (int(line.split("seq=")[1].split()[0]) for line in lines if "seq=" in line)
    return max(heads, default=0)


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
