"""A station that is not ours, from the tap to its monthly invoice, with every part a process."""

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from gateway.cli import takar as command
from gateway.demo.scenario import Card
from gateway.setup.configurations import ZONE
from mqtt.central.selling import month_of
from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import Station
from tests.mqtt.brokers import RunningBroker

THEIRS = "spbu-54.851.01"
PUMP = f"""[[pumps]]
number = 1
mode = "authorise_only"
product = "pertamax"
station = "{THEIRS}"
reader_poll_ms = 50

[pumps.reader]
spi_bus = 0

"""
FORECOURT = "wiring = []\n[[readers]]\nnumber = 1\nreader = { spi_bus = 0 }\n"
GIVEN_ML = 1_500


@pytest.fixture
def theirs(make_station: MakeStation, start_mosquitto: Callable[..., RunningBroker]) -> Station:
    station = make_station(start_mosquitto().settings.port)
    file = station.folder / station.configuration
    file.write_text(re.sub(r"\[\[pumps\]\].*(?=\[keys\])", PUMP, file.read_text(), flags=re.DOTALL))
    station.start_central()
    station.start_forecourt(physics=FORECOURT)
    station.start_gateway()
    return station


def tap(station: Station, card: Card) -> str:
    """The sale that it reserves for."""
    station.tap(card)
    shown = station.see_pump(
        1,
        f"{card} to be reserved for",
        lambda pump: pump.reserved is not None and pump.reserved.plate == card.plate,
    )
    station.do("remove")
    assert (shown.state, shown.code) == ("reserved", "reserved")
    assert shown.reserved is not None
    return shown.reserved.sale


def serve(station: Station, volume_ml: int) -> int:
    """Their attendant does, and asks nobody; what the pump shows then."""
    station.do("lift")
    station.do("squeeze", free_ml=volume_ml)
    until("the tank to be full", lambda: station.pump()["lever"] == "released")
    station.do("hang")
    until("the flow to end", lambda: not station.pump()["flow_ml_per_min"])
    return int(station.pump()["dispensed_ml"])


def declare(station: Station, sale: str, litres: str, receipt: str, again: str) -> tuple[int, str]:
    typed = ["--litres", litres, "--receipt", receipt, "--litres-again", again]
    typed += ["--receipt-again", receipt.lower(), "--by", "Ama"]
    return takar("declare", "enter", sale, "--config", configuration(station), *typed)


def configuration(station: Station) -> str:
    return str(station.folder / station.configuration)


def takar(*words: str) -> tuple[int, str]:
    """A command in this process, which asks those that run."""
    done = CliRunner().invoke(command, words)
    return done.exit_code, done.output


def match(station: Station, lines: str) -> tuple[int, str]:
    """Their bill of the month in which the cards were tapped."""
    (first, *_) = station.entries("sale.reserved")
    bill = station.folder / "bill.csv"
    bill.write_text(f"receipt;litres\n{lines}")
    central = ["--config", str(station.folder / "central.toml"), "--station", THEIRS]
    month = month_of(first.time, ZoneInfo(ZONE))
    return takar("central", "invoice", "match", str(bill), *central, "--month", month)


def test_a_day_at_a_station_that_is_not_ours(theirs: Station) -> None:
    first, second, third = (theirs.card() for _ in range(3))
    sales = [tap(theirs, first), tap(theirs, second)]
    theirs.gateway.kill()
    before = theirs.pump()["dispensed_ml"]
    given_ml = serve(theirs, GIVEN_ML) - before  # without a gateway, as their pumps do

    assert [one.sale for one in theirs.start_gateway().declarations] == sales
    assert theirs.sales() == []
    assert not theirs.open_sessions()
    sales.append(tap(theirs, third))
    theirs.tap(first)
    theirs.see_refused("declaration_open")
    theirs.do("remove")

    litres = f"{given_ml / 1000:.3f}"
    assert declare(theirs, first.plate, litres, "A-1", "9")[0] == 1
    assert declare(theirs, first.plate, litres, "A-1", litres)[0] == 0
    assert (
        "A-1 of spbu-54.851.01 was declared before"
        in (declare(theirs, second.plate, "2", "A-1", "2")[1])
    )
    assert declare(theirs, sales[1], "2,345", "A-2", "2.345")[0] == 0
    _, waiting = takar("declare", "list", "--config", configuration(theirs))
    assert (waiting.count("\n"), sales[2] in waiting) == (1, True)
    name = ["--config", configuration(theirs), "--by", "Ama"]
    assert "are free again" in takar("declare", "cancel", third.plate, *name)[1]
    theirs.see("nothing to be declared", lambda seen: seen.undeclared == 0)

    theirs.delivered()
    sold = [(sales[0], given_ml, False), (sales[1], 2_345, False)]
    assert theirs.sales() == theirs.central_sales() == sold
    theirs.verify()
    status, said = match(theirs, f"a-1;{litres.replace('.', ',')}\nA-2;2,345\n")
    assert (status, "all fits" in said) == (0, True), said
    status, said = match(theirs, f"A-1;{litres.replace('.', ',')}\nA-2;2,346\nA-3;5\n")
    assert status == 1
    assert "A-2: billed and declared with different litres" in said
    assert "A-3: billed, and declared by nobody" in said
