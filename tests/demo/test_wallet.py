"""The cards on the page: each kind that a newcomer should try, and always the same ones."""

import json
from pathlib import Path

from gateway.demo.stage import PRODUCTS
from gateway.demo.wallet import PEOPLE, read_wallet
from gateway.setup.card_book import card_book
from mqtt.central.city.generate import generate


def test_every_city_has_one_of_each(tmp_path: Path) -> None:
    for seed in (1, 3, 7):
        book = card_book(generate(seed, "2026-11"))
        path = tmp_path / "cards.json"
        path.write_text(json.dumps(book))
        wallet = read_wallet(path)
        assert read_wallet(path) == wallet
        assert len({card.id for card in wallet}) == len({card.uid for card in wallet})
        by_group: dict[str, list[str]] = {}
        for card in wallet:
            by_group.setdefault(card.group, []).append(card.note)
            assert card.title
            assert (card.tank_free_ml is None) == (card.group == "People")
        for product in PRODUCTS.values():
            notes = next(notes for group, notes in by_group.items() if product in group)
            assert "car" in notes
        assert len(by_group["People"]) == len(PEOPLE)
        assert len(by_group["No good"]) == 3
