"""Every kind of card at the reader, from the chip's registers to the ledger's entry."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.scenario import Card
from gateway.setup.card_book import UNREGISTERED
from gateway.words import say
from mqtt.broker import free_port
from tests.faults.records import until
from tests.faults.station import Station


@pytest.fixture(scope="module")
def station(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """One for all cards that are read well: each is another UID, so each is a new tap."""
    station = Station(template, tmp_path_factory.mktemp("cards") / "s", free_port())
    station.start_forecourt()
    station.start_gateway()
    yield station
    station.close()


def refusal(station: Station, uid: str | None, code: str, *others: str, **fault: Any) -> Any:
    """Tap what is refused; the one new entry, once the pump shows the code too."""
    before = len(station.refusals())
    cards: list[dict[str, Any]] = [{"uid": other} for other in others]
    cards.insert(0, {"uid": uid or "04A1B2C3D4E5F6", **fault})
    station.do("tap", cards=cards)
    station.see_pump(1, code, lambda p: (p.state, p.code) == ("refused", code))
    entry = until("the entry", lambda: station.entries("sale.refused")[before:])[0]
    station.do("remove")
    assert (entry.data["code"], entry.data["card"]) == (code, uid)
    assert say(code) != code, "a driver gets words"
    assert not station.pump()["enable_made"]
    return entry.data


@pytest.mark.parametrize("uid", UNREGISTERED)
def test_unknown(station: Station, uid: str) -> None:
    assert refusal(station, uid, "unknown_card")["subject"] is None


def is_like(station: Station, status: str, product: str = "pertamax") -> Card:
    return station.card_that(lambda c: (c.status, c.product) == (status, product))


@pytest.mark.parametrize(
    ("status", "code"),
    [("blocked", "vehicle_blocked"), ("lost", "card_lost"), ("replaced", "unknown_card")],
)
def test_no_longer_good(station: Station, status: str, code: str) -> None:
    card = is_like(station, status)
    subject = refusal(station, card.uid, code)["subject"]
    assert subject == card.plate.lower().replace(" ", "-")


def test_wrong_product(station: Station) -> None:
    refusal(station, station.card("dexlite").uid, "wrong_product")


@pytest.mark.parametrize("kind", ["attendant", "technician"])
def test_a_person_card_is_no_vehicle(station: Station, kind: str) -> None:
    refusal(station, station.uid_of(kind), "unknown_card")


def test_a_driver_card_alone_opens_nothing(station: Station) -> None:
    """It may come before the vehicle's: that is asked for, and nothing is sold or refused."""
    before = len(station.entries("sale.refused"))
    station.tap(station.uid_of("driver"))
    asked = station.see_pump(1, "the question", lambda p: p.asks == "vehicle_card")
    assert (asked.stop_ml, station.pump()["enable_made"]) == (None, False)
    station.do("remove")
    refusal(station, "04A1B2C3D4E5F6", "unknown_card")
    assert len(station.entries("sale.refused")) == before + 1


def test_in_use_at_the_other_pump(station: Station) -> None:
    """The vehicle's card of pump 1 is refused at pump 2 until its fill is over."""
    card = station.card()
    station.authorise(card)
    before = len(station.refusals())
    station.tap(card, pump=2)
    station.see_code("card_in_use", pump=2)
    until("the entry", lambda: station.refusals()[before:])
    assert station.refusals()[before:] == [("card_in_use", card.uid)]
    station.do("remove", 2)
    station.tap(card)  # once more at pump 1: the driver has changed his mind
    station.see_pump(1, "the end of it", lambda p: p.state == "idle")
    station.do("remove")
    assert not station.sales_of(card)


@pytest.mark.parametrize("uid_bytes", [4, 7])
def test_each_length_of_uid_fills(station: Station, uid_bytes: int) -> None:
    card = next(c for c in iter(station.card, None) if len(c.uid) == 2 * uid_bytes)
    assert station.fill(card).volume_ml >= 290


@pytest.fixture
def fresh(offline: Station) -> Station:
    """A reader that has seen no attempt before."""
    offline.start_gateway()
    return offline


@pytest.mark.parametrize("fault", ["torn", "crc", "malformed", "short"])
def test_an_attempt_that_cannot_be_read(fresh: Station, fault: str) -> None:
    refusal(fresh, None, "card_retry", fault=fault)
    card = fresh.card()
    fresh.tap(card)
    fresh.see_pump(1, "a good card next", lambda p: p.state == "authorised")


def test_two_cards_at_once(fresh: Station) -> None:
    """Neither is taken, also where one of them would be good."""
    refusal(fresh, None, "two_cards", fresh.card().uid)
    fresh.fill(fresh.card())
