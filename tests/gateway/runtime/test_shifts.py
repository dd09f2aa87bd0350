"""Opening and closing a shift at a running gateway: nothing comes between sums and entry."""

from typing import Any

from gateway.core.facts import TYPE_OF, ShiftClosed, ShiftOpened
from gateway.runtime.control import Answer
from gateway.runtime.jobs import Job
from gateway.runtime.requests import CloseShift, OpenShift, ShiftRequest, ShowShift
from gateway.runtime.shifts import Shifts
from tests.gateway.runtime.notebook import FULL
from tests.gateway.runtime.office import Office
from tests.gateway.store.samples import TIME, refusal

OPEN, CLOSE, SHOW = OpenShift(by="Ama"), CloseShift(by="Ama"), ShowShift()


def ask(office: Office, request: ShiftRequest) -> Answer:
    shifts = Shifts(
        {1: office.desk, 2: office.second}, office.books, office.keeper, office.holdings
    )
    answers: list[Answer] = []
    shifts.take(request, answers.append)
    if not answers:
        office.settle()
    return answers[0]


def done(office: Office, request: ShiftRequest) -> dict[str, Any]:
    answer = ask(office, request)
    assert answer.done is not None
    return answer.done


def test_a_shift_says_what_was_sold_in_it(office: Office) -> None:
    office.open()
    assert done(office, OPEN)["number"] == 1
    assert office.newest()[0] == TYPE_OF[ShiftOpened]
    office.reserve(fill := office.fill(), 4_000)
    office.sell(fill, 3_000)
    shown = done(office, SHOW)
    assert (shown["open"], shown["opened_by"]) == (True, "Ama")
    closed = done(office, CLOSE)
    assert closed["totals"] == shown["totals"]
    assert closed["readings"][0] == {"pump": 1, "start_ml": 0, "end_ml": 3_000}
    assert [line["volume_ml"] for line in closed["totals"]["sold"]] == [3_000]
    kind, data = office.newest()
    assert (kind, data["number"]) == (TYPE_OF[ShiftClosed], 1)
    *_, seal = office.ledger.every_seal()
    assert seal.sequence == office.ledger.head.sequence
    assert done(office, SHOW)["open"] is False


def test_an_open_fill_is_the_next_shifts_with_all_its_fuel(office: Office) -> None:
    office.open()
    done(office, OPEN)
    office.reserve(fill := office.fill(), 4_000)
    office.desk.count(100)
    assert done(office, SHOW)["readings"][0]["end_ml"] == 0
    closed = done(office, CLOSE)
    assert closed["totals"]["sold"] == []
    assert closed["readings"][0]["end_ml"] == 0
    done(office, OPEN)
    office.sell(fill, 2_000)
    later = done(office, CLOSE)
    assert later["readings"][0] == {"pump": 1, "start_ml": 0, "end_ml": 3_000}
    assert later["totals"]["pumps"][0]["sold_ml"] == 2_000


def test_what_is_on_its_way_to_the_disk_is_in_the_sums(office: Office) -> None:
    """Noted before the request, and not yet heard of by the control loop."""
    office.open()
    done(office, OPEN)
    office.keeper.note([(refusal(1), TIME)])
    assert office.books.balance.shift.refusals == {}
    assert done(office, CLOSE)["totals"]["refusals"] == [{"code": "unknown_card", "count": 1}]


def test_only_the_shift_that_is_meant_is_closed(office: Office) -> None:
    office.open()
    done(office, OPEN)
    other = ask(office, CloseShift(by="Ama", number=2))
    assert (other.code, other.values) == ("shift_other", {"number": 1})
    assert done(office, SHOW)["open"] is True
    assert done(office, CloseShift(by="Ama", number=1))["number"] == 1
    assert ask(office, CloseShift(by="Ama", number=1)).code == "shift_none"


def test_what_cannot_be_is_refused_and_changes_nothing(office: Office) -> None:
    office.open()
    head = office.ledger.head
    assert "no shift is open" in (ask(office, CLOSE).refused or "")
    assert office.ledger.head == head
    done(office, OPEN)
    assert "close it first" in (ask(office, OPEN).refused or "")
    assert office.ledger.head.sequence == head.sequence + 1


def test_a_disk_that_refuses_is_said(office: Office) -> None:
    office.open()

    def full(_job: Job) -> list[Any]:
        raise FULL

    office.keeper.commit = full  # type: ignore[method-assign,assignment]
    assert "could not be written" in (ask(office, OPEN).refused or "")
    assert office.holdings.balance.shift.begun is None
