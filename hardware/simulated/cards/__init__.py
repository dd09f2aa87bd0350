"""Simulated cards and the field they lie in."""

from hardware.simulated.cards.field import Card, Field
from hardware.simulated.cards.iso14443a import Iso14443aCard
from hardware.simulated.cards.response import Response
from hardware.simulated.cards.spec import card_from

__all__ = ["Card", "Field", "Iso14443aCard", "Response", "card_from"]
