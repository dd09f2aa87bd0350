"""A tap put to the rules: everything that is known of the card, as one question."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.core.decision import Accepting, Allowed, Armed, Denied, Drawing, Question, decide
from gateway.core.draws import available_ml
from gateway.core.given import Given, Needed
from gateway.core.odometer import newest
from gateway.core.reasons import Reason
from gateway.runtime.desk import Desk
from gateway.runtime.peoples_cards import of_a_person_here
from gateway.store.allocation import Allocation

if TYPE_CHECKING:
    from gateway.runtime.books import Books

log = logging.getLogger(__name__)

Answer = Allowed | Drawing | Accepting | Denied | Armed | Needed


@dataclass(frozen=True, slots=True)
class Tap:
    """A card, and what goes with it."""

    uid: str
    override_by: str | None
    preset_ml: int | None
    given: Given


def judge_tap(
    books: "Books", desk: Desk, allocation: Allocation, tap: Tap
) -> tuple[Answer, str | None]:
    """The answer, and the subject if there is one. StoreError, ValueError: the cache is damaged."""
    card, given = allocation.card(tap.uid), tap.given
    if card is not None and given.subject is None:
        of_a_person = of_a_person_here(books, desk, card)
        if of_a_person is not None:
            return of_a_person, None
    named = given.subject or (card.holder if card is not None else None)
    subject = allocation.subject(named) if named is not None else None
    if subject is None:
        return Denied(Reason.UNKNOWN_CARD), None
    name = subject.subject
    unusable = allocation.blocked_by(name)
    if unusable is not None:
        log.error(
            "pump %d: a vehicle is refused for a %s that cannot be used: takar allocation list",
            *(desk.number, unusable.type),
            extra={"event": "vehicle_unusable", "pump": desk.number},
        )
        return Denied(Reason.ALLOCATION_DAMAGED), name
    day = books.balance.today(name, books.good_day())
    product = books.product(desk.number)
    question = Question(
        card=card,
        subject=subject,
        price=allocation.price(product),
        policy=allocation.policy,
        product=product,
        remaining_ml=available_ml(
            books.balance,
            books.draws(subject, tap.override_by, desk.number),
            books.moment(),
            books.reserved(),
        ),
        stop_bound_ml=desk.session.rules.final_bound_ml,
        day_volume_ml=day.volume_ml if day is not None else 0,
        day_visits=day.visits if day is not None else 0,
        local_hour=books.local_hour(),
        period_known=books.moment()[1] in books.balance.periods,
        central_heard_days=books.hearing.days(),
        in_use=any(name == row.subject for row in books.rows.values()),
        undeclared=books.is_undeclared(name),
        online=books.online,
        override_by=tap.override_by,
        preset_ml=tap.preset_ml,
        given=given,
        driver=allocation.card(given.driver) if given.driver is not None else None,
        last_reading=newest(books.balance.readings.get(name), allocation.meter(name)),
        overrides_today=books.overrides_today,
    )
    return decide(question), name
