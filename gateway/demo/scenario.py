"""Who comes to the pumps in a headless run: taps over the whole city, drawn from a seed."""

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

TANK_FREE_L = {
    "motorcycle": (1.5, 4.0),
    "car": (8.0, 40.0),
    "truck": (20.0, 80.0),
    "genset": (5.0, 30.0),
    "machine": (10.0, 60.0),
    "container": (5.0, 20.0),
}
"""What a driver comes for, in litres, between both bounds."""

STRANGER, WRONG_PUMP, TORN, TWO_CARDS = "stranger", "wrong_pump", "torn", "two_cards"
ODDITIES = {STRANGER: 15, WRONG_PUMP: 15, TORN: 5, TWO_CARDS: 5}
"""Taps in a thousand that are not a registered vehicle at its own pump."""


@dataclass(frozen=True, slots=True)
class Card:
    uid: str
    plate: str
    vehicle: str
    status: str
    product: str


def read_cards(path: Path) -> list[Card]:
    """The vehicles' cards of a folder made by `takar init`."""
    cards = json.loads(path.read_text(encoding="utf-8"))
    names = Card.__slots__
    return [
        Card(**{name: card[name] for name in names})
        for card in cards
        if card["vehicle"] is not None
    ]


def visits(cards: list[Card], pumps: dict[int, str], count: int, seed: int) -> list[dict[str, Any]]:
    """`count` visits as the forecourt's scenario takes them; `pumps` says what each one sells."""
    random = Random(seed)  # noqa: S311  # a story, not a secret
    served = [card for card in cards if card.product in pumps.values()]
    return [_visit(random, random.choice(served), pumps) for _ in range(count)]


def _visit(random: Random, card: Card, pumps: dict[int, str]) -> dict[str, Any]:
    oddity = _oddity(random)
    own = [number for number, product in pumps.items() if product == card.product]
    others = [number for number in pumps if number not in own]
    pump = random.choice(others if oddity == WRONG_PUMP and others else own)
    least, most = TANK_FREE_L[card.vehicle]
    visit: dict[str, Any] = {
        "pump": pump,
        "uid": card.uid if oddity != STRANGER else _foreign_uid(random),
        "arrive_after_s": round(random.uniform(1.0, 6.0), 3),
        "vehicle_tank_free_ml": round(random.uniform(least, most) * 1000),
    }
    if oddity == TORN:
        visit["fault"] = "torn"
    if oddity == TWO_CARDS:
        visit["second_uid"] = _foreign_uid(random)
    return visit


def _oddity(random: Random) -> str | None:
    drawn = random.randrange(1000)
    for oddity, share in ODDITIES.items():
        if drawn < share:
            return oddity
        drawn -= share
    return None


def _foreign_uid(random: Random) -> str:
    """A card that was never registered here: another maker's first byte."""
    return "5A" + random.randbytes(6).hex().upper().replace("88", "89")
