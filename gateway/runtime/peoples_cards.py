"""What a card that is no vehicle's leads to at a pump."""

from typing import TYPE_CHECKING

from gateway.core.allocation import PutCard
from gateway.core.decision import Accepting, Armed, Denied, Drawing
from gateway.core.given import Needed
from gateway.core.people import decide_driver, decide_override
from gateway.runtime.desk import Desk

if TYPE_CHECKING:
    from gateway.runtime.books import Books

OfAPerson = Drawing | Accepting | Armed | Needed | Denied


def of_a_person_here(books: "Books", desk: Desk, card: PutCard) -> OfAPerson | None:
    """None: this card is not one of a person who does anything at a pump."""
    match card.card:
        case "supervisor":
            return decide_override(card, books.policy, books.overrides_today)
        case "technician":
            return books.due.answer(desk, card)
        case "driver":
            return decide_driver(card, books.policy)
        case _:
            return None
