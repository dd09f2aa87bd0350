"""What a gateway finds damaged when it starts: it says so, sells nothing, and loses nothing."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.allocation import PutCard
from gateway.demo.scenario import Card
from mqtt.central.database import open_database
from mqtt.central.register import put_card
from tests.faults.conftest import MakeStation
from tests.faults.station import Station
from tests.mqtt.brokers import RunningBroker


def refuses(station: Station, code: str) -> None:
    """A good card is refused with the code, and the lever gives nothing."""
    assert station.see("the gateway", lambda _: True).blocked == code
    card = station.card()
    station.tap(card)
    station.see_refused(code)
    station.do("lift")
    station.do("squeeze")
    seen = station.pump()
    assert (seen["enable_made"], seen["limiter_made"], seen["dispensed_nl"]) == (False, False, 0)
    station.do("hang")
    station.do("remove")


def missing(file: Path) -> None:
    file.unlink()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def edited(file: Path) -> None:
    """Someone gives all motorcycles a larger tank."""
    text = file.read_text()
    assert '"vehicle":"motorcycle"' in text
    file.write_text(text.replace('"vehicle":"motorcycle"', '"vehicle":"car"'))


def sells_again(station: Station, broker: RunningBroker) -> None:
    """The broker comes: central sends what is missing, and everything is as it should be."""
    broker.start()
    station.start_central()
    station.see("the allocation to be made good", lambda s: s.blocked is None)
    station.fill(station.card())
    station.delivered()
    assert station.central_sales() == station.sales()
    assert station.verify().endswith("nothing wrong")


@pytest.fixture
def absent(start_mosquitto: Callable[..., RunningBroker]) -> RunningBroker:
    broker = start_mosquitto()
    broker.kill()
    return broker


@pytest.mark.parametrize("damage", [cut, edited])
def test_a_damaged_allocation_sells_nothing(
    offline: Station, damage: Callable[[Path], None]
) -> None:
    damage(offline.allocation)
    found = offline.allocation.read_bytes()
    offline.start_gateway()
    refuses(offline, "allocation_damaged")
    assert offline.recorded("sale.refused")[0].data["code"] == "allocation_damaged"
    assert "connect the gateway to the broker" in offline.log("gateway")
    assert offline.allocation.read_bytes() == found


def test_a_missing_allocation_is_fetched_from_central_never_made_empty(
    make_station: MakeStation, absent: RunningBroker
) -> None:
    station = make_station(absent.settings.port)
    station.allocation.unlink()
    station.start_forecourt()
    station.start_gateway()
    refuses(station, "allocation_damaged")
    assert not station.allocation.exists()
    sells_again(station, absent)


def test_an_older_allocation_put_back_brings_back_no_card(
    make_station: MakeStation, absent: RunningBroker
) -> None:
    """The card was reported lost after the copy was made."""
    station = make_station(absent.settings.port)
    older = station.folder / "older.json"
    shutil.copy(station.allocation, older)
    absent.start()
    station.start_forecourt()
    station.start_central()
    station.start_gateway()
    lost = station.card()
    report_lost(station, lost)
    station.recorded("allocation.applied", 2)
    assert station.gateway.stop() == 0
    assert station.central.stop() == 0
    absent.kill()
    shutil.copy(older, station.allocation)

    station.start_gateway()
    refuses(station, "allocation_expired")
    sells_again(station, absent)
    station.tap(lost)
    station.see_refused("card_lost")


def report_lost(station: Station, card: Card) -> None:
    """As the office would do it, beside a running central."""
    engine = open_database(station.folder / "central" / "central.sqlite3")
    holder = card.plate.lower().replace(" ", "-")
    put = PutCard(uid=card.uid, card="vehicle", holder=holder, status="lost")
    with engine.begin() as connection:
        put_card(connection, put, datetime.now(UTC))
    engine.dispose()


def shortened(ledger: Path) -> None:
    """The newest entry is taken away, with its seal: what is left is a chain without a flaw."""
    change(
        ledger,
        "DELETE FROM seals",
        "DELETE FROM entries WHERE sequence = (SELECT max(sequence) FROM entries)",
    )


def rewritten(ledger: Path) -> None:
    """One grant grows tenfold."""
    change(
        ledger,
        "UPDATE entries SET body = replace(body, '\"volume_ml\":', '\"volume_ml\":1') "
        "WHERE sequence = 5",
    )


def change(ledger: Path, *statements: str) -> None:
    with closing(sqlite3.connect(ledger)) as database:
        changed = [database.execute(statement).rowcount for statement in statements]
        database.commit()
    assert all(changed)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (missing, "the ledger is missing"),
        (rewritten, "entry 5"),
        (shortened, "anchor"),
    ],
)
def test_a_damaged_ledger_sells_nothing_and_stays_as_it_is(
    offline: Station, damage: Callable[[Path], None], said: str
) -> None:
    damage(offline.ledger)
    found = contents(offline.ledger.parent)
    offline.start_gateway()
    refuses(offline, "ledger_damaged")
    assert said in offline.log("gateway")
    assert offline.gateway.stop() == 0
    assert contents(offline.ledger.parent) == found
    status, text = offline.run("ledger", "verify", str(offline.ledger.parent))
    assert status != 0
    assert said in text or damage is missing


def contents(folder: Path) -> dict[str, bytes]:
    """Without SQLite's own scratch files, which a reader may make."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if not path.name.endswith(("-wal", "-shm"))
    }


MB = 1024 * 1024
HIGHEST_FLOOR_MB = 100_000


def test_a_disk_below_its_floor_sells_nothing(offline: Station) -> None:
    free_mb = shutil.disk_usage(offline.folder).free // MB
    if free_mb >= HIGHEST_FLOOR_MB:
        pytest.skip(f"the disk has {free_mb} MB free, more than any floor")
    offline.configure("free_floor_mb", HIGHEST_FLOOR_MB)
    offline.start_gateway()
    offline.tap(offline.card())
    offline.see_refused("storage_full")
    assert offline.recorded("sale.refused")[0].data["code"] == "storage_full"
    assert not offline.pump()["enable_made"]


def test_a_missing_forecourt_is_named(make_station: MakeStation) -> None:
    station = make_station()
    status, text = station.run("gateway", "--config", str(station.folder / "gateway.toml"))
    assert status == 1
    assert str(station.folder / "forecourt.sock") in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("settle_ms", '"long"', "settle_ms"),
        ("settle_ms", 5, "500"),
        ("settle_ms", "2000\nsettel_ms = 2000", "settle_ms"),
    ],
)
def test_a_wrong_configuration_ends_with_status_2(
    make_station: MakeStation, key: str, value: object, said: str
) -> None:
    station = make_station()
    path = station.folder / "gateway.toml"
    path.write_text(path.read_text().replace("\nsettle_ms = 500\n", f"\nsettle_ms = {value}\n"))
    status, text = station.run("gateway", "--config", str(path))
    assert status == 2
    assert said in text
    assert "Traceback" not in text


def test_a_second_gateway_finds_the_ledger_in_use(offline: Station) -> None:
    """Also with a forecourt of its own: two writers would fork the ledger."""
    offline.start_gateway()
    second = offline.folder / "second.toml"
    text = (offline.folder / "gateway.toml").read_text()
    second.write_text(text.replace("gateway.sock", "second.sock"))
    status, said = offline.run("gateway", "--config", str(second))
    assert status == 1
    assert "a gateway is connected already" in said

    with offline.another_forecourt("other.sock"):
        second.write_text(second.read_text().replace("forecourt.sock", "other.sock"))
        status, said = offline.run("gateway", "--config", str(second))
    assert status == 1
    assert "another process writes this ledger; stop that gateway first" in said
    assert "Traceback" not in said
    offline.fill(offline.card())
    assert offline.verify().endswith("nothing wrong")
