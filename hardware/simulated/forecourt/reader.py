"""A pump's MFRC522 and the cards in its field."""

from typing import Any

from hardware.simulated.cards import Field, Iso14443aCard, card_from
from hardware.simulated.chip import Mfrc522Chip


class Reader:
    def __init__(self) -> None:
        self._field = Field()
        self._chip = Mfrc522Chip(self._field)
        self._held: list[Iso14443aCard] = []

    @property
    def uids(self) -> list[str]:
        """UIDs in the field now; a torn card that has answered is gone."""
        return [card.uid.hex().upper() for card in self._held if card in self._field.cards]

    def transfer(self, data: bytes, now_ns: int) -> bytes:
        return self._chip.transfer(data, now_ns)

    def tap(self, cards: list[dict[str, Any]]) -> None:
        """Hold these cards to the reader in place of others; ValueError for an impossible one."""
        made = [card_from(card) for card in cards]
        self.remove()
        for card in made:
            self._field.place(card)
        self._held = made

    def remove(self) -> None:
        """Take every card away."""
        for card in self._field.cards:
            self._field.remove(card)
        self._held = []
