"""Who comes in a headless run: drawn from the seed alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.scenario import ODDITIES, TANK_FREE_L, Card, read_cards, visits

PUMPS = {1: "pertamax", 2: "dexlite"}
CARDS = [
    Card(uid=f"04{number:012X}", plate=f"DH {number}", vehicle=vehicle, status="active", product=p)
    for number, (vehicle, p) in enumerate(
        (vehicle, product)
        for vehicle in TANK_FREE_L
        for product in ("pertamax", "dexlite", "solar")
    )
]


def drawn(count: int = 4000, seed: int = 7) -> list[dict[str, Any]]:
    return visits(CARDS, PUMPS, count, seed)


def by_uid() -> dict[str, Card]:
    return {card.uid: card for card in CARDS}


def test_a_seed_says_everything() -> None:
    assert drawn(seed=7) == drawn(seed=7)
    assert drawn(seed=7) != drawn(seed=8)
    assert drawn(100) == drawn(4000)[:100]


def test_drivers_come_to_the_pump_that_sells_what_they_need_but_for_a_few() -> None:
    known = [visit for visit in drawn() if visit["uid"] in by_uid()]
    wrong = [v for v in known if by_uid()[v["uid"]].product != PUMPS[v["pump"]]]
    assert 0.9 < len(known) / 4000 < 1
    assert 0.005 < len(wrong) / 4000 < 0.03
    assert all(by_uid()[v["uid"]].product in PUMPS.values() for v in known)


def test_every_oddity_comes_about_as_often_as_it_should() -> None:
    all_of_them = drawn(20_000)
    counted = {
        "stranger": sum(visit["uid"] not in by_uid() for visit in all_of_them),
        "torn": sum(visit.get("fault") == "torn" for visit in all_of_them),
        "two_cards": sum("second_uid" in visit for visit in all_of_them),
    }
    for oddity, count in counted.items():
        assert count == pytest.approx(20 * ODDITIES[oddity], rel=0.35), oddity


def test_foreign_cards_look_like_cards_and_are_nobodys() -> None:
    for visit in drawn():
        for uid in (visit["uid"], visit.get("second_uid", visit["uid"])):
            assert len(bytes.fromhex(uid)) == 7
            assert uid in by_uid() or uid.startswith("5A")
            # 88 as the fourth byte is a cascade tag, which no UID can have there.
            assert uid in by_uid() or "88" not in uid


def test_tanks_are_as_large_as_their_vehicle() -> None:
    for visit in drawn():
        card = by_uid().get(visit["uid"])
        assert 1.0 <= visit["arrive_after_s"] <= 6.0
        if card is not None:
            least, most = TANK_FREE_L[card.vehicle]
            assert least * 1000 <= visit["vehicle_tank_free_ml"] <= most * 1000


def test_where_every_pump_sells_the_same_no_pump_is_wrong() -> None:
    same = visits(CARDS, {1: "solar", 2: "solar"}, 2000, 1)
    assert {visit["pump"] for visit in same} == {1, 2}


def test_only_vehicles_cards_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cards.json"
    vehicle = {name: getattr(CARDS[0], name) for name in Card.__slots__}
    path.write_text(json.dumps([{**vehicle, "kind": "vehicle"}, {**vehicle, "vehicle": None}]))
    assert read_cards(path) == [CARDS[0]]
