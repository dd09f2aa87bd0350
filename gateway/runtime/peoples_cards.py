"""What a card that is no vehicle's leads to at a pump."""

from typing import TYPE_CHECKING

from gateway.core.allocation import PutCard
from gateway.core.decision import Accepting, Armed, Denied, Drawing
from gateway.core.draws import available_ml
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
            return _arm(books, desk, card)
        case "technician":
            return books.due.answer(desk, card)
        case "driver":
            policy = books.allocation.policy if books.allocation is not None else None
            return decide_driver(card, policy)
        case _:
            return None


def _arm(books: "Books", desk: Desk, card: PutCard) -> Armed | Denied:
    left_ml = available_ml(
        books.balance, [books.override(desk.number)], books.moment(), books.reserved()
    )
    return decide_override(card, left_ml, desk.session.rules.dosing.final_bound_ml)
