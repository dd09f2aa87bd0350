"""What is put to the decision."""

import msgspec
import pytest

from gateway.core.decision import Allowed, Denied, Question, decide
from gateway.core.facts import Charge
from gateway.core.given import Needed
from gateway.core.reasons import Reason
from gateway.core.units import NS_PER_MS, NS_PER_S
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import (
    CAR,
    CARD,
    CITY,
    OTHER_UID,
    POLICY,
    PRICE,
    RULES,
    TECHNICIAN_UID,
    UID,
    directives,
    grant,
)
from tests.gateway.store.samples import SUBJECT, TIME, sale

STOP_BOUND_ML = RULES.dosing.stop_bound_ml


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Question]:
    """The questions that were put to the decision."""
    questions: list[Question] = []

    def remember(question: Question) -> Allowed | Denied | Needed:
        questions.append(question)
        return decide(question)

    monkeypatch.setattr("gateway.runtime.judging.decide", remember)
    return questions


def test_the_question_of_a_first_tap(office: Office, asked: list[Question]) -> None:
    books = office.open()
    books.online = True
    decision, subject = books.decide(office.desk, UID)
    assert isinstance(decision, Allowed)
    assert subject == SUBJECT
    (question,) = asked
    assert (question.card, question.subject) == (CARD, CAR)
    assert (question.price, question.policy, question.product) == (PRICE, POLICY, "pertamax")
    assert (question.remaining_ml, question.stop_bound_ml) == (40_000, STOP_BOUND_ML)
    assert (question.day_volume_ml, question.day_visits, question.local_hour) == (0, 0, 12)
    assert (question.period_known, question.in_use, question.online) == (True, False, True)


def test_what_was_taken_today_counts_and_yesterday_does_not(
    office: Office, asked: list[Question]
) -> None:
    earlier = [
        sale(1, Charge(1, 3000), started="2026-11-21T15:59:59.999Z"),  # 23:59 yesterday in Kupang
        sale(2, Charge(1, 5000), started="2026-11-21T16:00:00.000Z"),
        sale(3, Charge(1, 700), started=TIME),
    ]
    office.open(sold=earlier).decide(office.desk, UID)
    (question,) = asked
    assert (question.day_volume_ml, question.day_visits) == (5700, 2)
    assert question.remaining_ml == 40_000 - 8700


def test_a_day_later_the_counters_start_anew_but_not_by_a_clock_in_doubt(
    office: Office, asked: list[Question]
) -> None:
    books = office.open(sold=[sale(1, Charge(1, 3000), started=TIME)])
    office.clock.utc_offset_ns += 24 * 3600 * NS_PER_S
    books.decide(office.desk, UID)
    assert (asked[-1].day_volume_ml, asked[-1].day_visits, asked[-1].local_hour) == (0, 0, 12)
    office.wall.witness("2026-11-23T04:00:00.001Z")
    books.decide(office.desk, UID)
    assert (asked[-1].day_volume_ml, asked[-1].day_visits) == (3000, 1)
    assert asked[-1].local_hour is None


def test_a_month_without_any_grant_is_not_known(office: Office, asked: list[Question]) -> None:
    books = office.open()
    office.clock.now_ns += 10 * 24 * 3600 * NS_PER_S  # 2 December
    for online, code in ((False, Reason.ALLOCATION_EXPIRED), (True, Reason.QUOTA_EXHAUSTED)):
        books.online = online
        assert books.decide(office.desk, UID) == (Denied(code), SUBJECT)
        assert (asked[-1].period_known, asked[-1].remaining_ml) == (False, 0)


NEXT_MONTH = {
    "period": "2026-12",
    "not_before": "2026-11-30T16:00:00.000Z",
    "not_after": "2026-12-31T15:59:59.999Z",
}


@pytest.mark.parametrize("days_ahead", [40, -40])
def test_while_the_clock_is_in_doubt_the_newest_grants_that_have_begun_serve(
    office: Office, asked: list[Question], days_ahead: int
) -> None:
    books = office.open()
    office.wall.witness(TIME)
    office.clock.utc_offset_ns += days_ahead * 24 * 3600 * NS_PER_S
    assert isinstance(books.decide(office.desk, UID)[0], Allowed)
    assert (asked[-1].period_known, asked[-1].remaining_ml) == (True, 40_000)
    december = grant(2, 5000, **NEXT_MONTH).activation
    books.committed(office.ledger.commit([(december, TIME)]))
    books.decide(office.desk, UID)
    assert (asked[-1].period_known, asked[-1].remaining_ml) == (True, 40_000)
    office.wall.witness("2026-11-30T15:59:59.999Z")
    books.decide(office.desk, UID)
    assert asked[-1].remaining_ml == 40_000
    office.clock.now_ns += NS_PER_MS
    books.decide(office.desk, UID)
    assert (asked[-1].period_known, asked[-1].remaining_ml) == (True, 5000)


def test_a_fill_that_began_in_doubt_is_topped_up_from_the_grants_it_began_with(
    office: Office,
) -> None:
    books = office.open()
    office.wall.witness("2027-01-05T04:00:00.000Z")
    fill = office.fill()
    office.reserve(fill, 4000)
    office.reserve(fill, 8000, metered_ml=3000)
    assert office.rows[1].reserved == [Charge(1, 8000)]
    assert books.remaining_ml(SUBJECT) == 32_000


def test_a_grant_activated_meanwhile_makes_its_month_known(
    office: Office, asked: list[Question]
) -> None:
    books = office.open()
    office.clock.now_ns += 10 * 24 * 3600 * NS_PER_S
    december = grant(2, 5000, **NEXT_MONTH)
    fact = december.activation
    books.committed(office.ledger.commit([(fact, TIME)]))
    books.decide(office.desk, UID)
    assert (asked[-1].period_known, asked[-1].remaining_ml) == (True, 5000)


def test_a_subject_with_an_open_fill_is_in_use_at_every_pump(
    office: Office, asked: list[Question]
) -> None:
    second = msgspec.structs.replace(CARD, uid="04D1B2C3D4E5F6")
    books = office.open(second)
    office.reserve(office.fill(), 4000)
    assert books.decide(office.second, UID) == (Denied(Reason.CARD_IN_USE), SUBJECT)
    assert books.decide(office.second, second.uid) == (Denied(Reason.CARD_IN_USE), SUBJECT)
    assert asked[-1].remaining_ml == 36_000  # what is reserved is not free
    books.decide(office.second, OTHER_UID)
    assert not asked[-1].in_use
    office.sell(office.fill(), 3000)
    books.decide(office.second, UID)
    assert (asked[-1].in_use, asked[-1].remaining_ml) == (False, 37_000)


def test_a_card_that_no_list_has(office: Office, asked: list[Question]) -> None:
    books = office.open()
    assert books.decide(office.desk, "04FFFFFFFFFFFF") == (Denied(Reason.UNKNOWN_CARD), None)
    assert books.decide(office.desk, TECHNICIAN_UID) == (Denied(Reason.UNKNOWN_CARD), None)
    assert asked == []


@pytest.mark.parametrize(
    "unusable",
    [("subject.suspend", {"subject": SUBJECT}), ("city.closed", {}), ("price.put", {"x": 1})],
)
def test_a_directive_nobody_here_understands_refuses(
    office: Office, asked: list[Question], unusable: tuple[str, dict[str, object]]
) -> None:
    books = office.open()
    last = directives(*CITY, grant(1))[-1]
    office.allocation.apply(directives(unusable, after=last))
    assert books.decide(office.desk, UID) == (Denied(Reason.ALLOCATION_DAMAGED), SUBJECT)
    assert asked == []
