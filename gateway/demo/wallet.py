"""The cards that lie ready on the demo's page: vehicles, people, and cards that are no good."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.demo.stage import PRODUCTS

TANKS_ML = {"motorcycle": 3_600, "car": 26_000, "truck": 70_000}
"""What is free in a vehicle's tank that comes to fill."""
PEOPLE = {
    "driver": "a driver's own card, which belongs to no vehicle",
    "attendant": "signs in at the console",
    "supervisor": "allows an exception: tap it, then the vehicle",
    "technician": "ends a pump's fault",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCard:
    id: str
    group: str
    title: str
    """A plate, or whose card it is."""
    note: str
    uid: str
    tank_free_ml: int | None = None
    """None: a person's card."""


def read_wallet(path: Path) -> list[PageCard]:
    """From the cards of a folder made by `takar init`, always the same ones of a city."""
    book: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    wallet: list[PageCard] = []

    def add(group: str, note: str, count: int = 1, title: str = "", **wanted: str) -> None:
        found = [c for c in book if all(c[name] == value for name, value in wanted.items())]
        for card in found[:count]:
            wallet.append(
                PageCard(
                    id=f"card-{len(wallet) + 1}",
                    group=group,
                    title=card["plate"] or title,
                    note=note,
                    uid=card["uid"],
                    tank_free_ml=TANKS_ML.get(card["vehicle"] or "car", TANKS_ML["car"])
                    if card["kind"] == "vehicle"
                    else None,
                )
            )

    good = {"kind": "vehicle", "status": "active"}
    for pump, product in PRODUCTS.items():
        group = f"Vehicles that take {product} (pump {pump})"
        add(group, "car", 3, **good, vehicle="car", product=product)
        add(group, "motorcycle", 1, **good, vehicle="motorcycle", product=product)
        add(group, "truck", 1, **good, vehicle="truck", product=product)
    for kind, note in PEOPLE.items():
        add("People", note, title=kind.capitalize(), kind=kind)
    add("No good", "reported lost", kind="vehicle", status="lost")
    add("No good", "its vehicle is blocked", kind="vehicle", status="blocked")
    add("No good", "of another city", title="Unknown", status="unregistered")
    return wallet
