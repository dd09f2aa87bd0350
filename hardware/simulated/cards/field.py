"""The field before one reader's antenna, and the cards in it."""

from typing import Protocol

from hardware.simulated.cards.bits import Bits
from hardware.simulated.cards.response import Response, merge


class Card(Protocol):
    @property
    def gone(self) -> bool:
        """True when the card has left the field by itself (a torn presentation)."""

    def power(self, ready_at_ns: int | None) -> None:
        """The field came up, the card listening from `ready_at_ns` on; or went down (None)."""

    def answer(self, frame: Bits, now_ns: int) -> Response | None:
        """What the card sends back to a frame that ended at `now_ns`."""


START_UP_NS = 5_000_000
"""The longest a card may take in a new field before it listens (ISO/IEC 14443-3, section 5)."""
RESET_NS = 5_000_000
"""The longest a card may keep its state without a field."""


class Field:
    """Cards are placed and removed from outside; the chip powers the field and sends frames."""

    def __init__(self) -> None:
        self._cards: list[Card] = []
        self._powered = False
        self._off_since_ns = 0
        self._charged: tuple[Card, ...] = ()

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(self._cards)

    def place(self, card: Card) -> None:
        """Lay a card into the field. It is ready at once: it was approaching for a while."""
        if card in self._cards:
            raise ValueError("this card is in the field already; remove it first")
        self._cards.append(card)
        card.power(0 if self._powered else None)

    def remove(self, card: Card) -> None:
        """Take a card away. ValueError when it is not there."""
        if card not in self._cards:
            raise ValueError("this card is not in the field")
        self._cards.remove(card)
        card.power(None)

    def power(self, now_ns: int, *, on: bool) -> None:
        """The antenna is switched. Cards lose their state unless it is back within `RESET_NS`."""
        if on == self._powered:
            return
        self._powered = on
        if not on:
            self._off_since_ns = now_ns
            self._charged = self.cards
            return
        kept = self._charged if now_ns - self._off_since_ns < RESET_NS else ()
        for card in self._cards:
            if card not in kept:
                card.power(now_ns + START_UP_NS)

    def answer(self, frame: Bits, now_ns: int) -> Response | None:
        """What comes back to a frame that ended at `now_ns`, all cards' answers merged."""
        if not self._powered:
            return None
        responses = [card.answer(frame, now_ns) for card in self._cards]
        for card in [card for card in self._cards if card.gone]:
            self.remove(card)
        return merge([response for response in responses if response is not None])
