"""A fill's first reservation is used once it is witnessed, and given back where it is not."""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest

from gateway.core.events import ReservationDurable, StoreFailed
from gateway.core.reasons import Reason
from gateway.core.session import State
from tests.gateway.runtime.office import Office
from tests.gateway.store.samples import SUBJECT


class Asked(NamedTuple):
    done: Callable[[], None]
    failed: Callable[[Reason], None]
    rows_on_disk: int


@pytest.fixture
def asked(office: Office) -> list[Asked]:
    found: list[Asked] = []
    office.vouch = lambda done, failed: found.append(Asked(done, failed, len(office.rows)))
    office.open()
    return found


def decide(office: Office, state: State = State.DECIDING) -> None:
    office.desk.session = msgspec.structs.replace(office.desk.session, state=state)


def test_it_is_durable_first_then_witnessed_then_used(office: Office, asked: list[Asked]) -> None:
    fill = office.fill()
    office.reserve(fill, 4000)
    (first,) = asked
    assert (office.desk.heard, first.rows_on_disk) == ([], 1)
    first.done()
    assert office.desk.heard == [ReservationDurable(4000)]
    office.reserve(fill, 6000)
    assert office.desk.heard == [ReservationDurable(4000), ReservationDurable(6000)]
    assert len(asked) == 1


def test_without_a_witness_it_is_given_back(office: Office, asked: list[Asked]) -> None:
    decide(office)
    office.reserve(office.fill(), 4000)
    asked[0].failed(Reason.WITNESS_SILENT)
    assert office.desk.heard == []
    office.settle()
    assert office.desk.heard == [StoreFailed(Reason.WITNESS_SILENT)]
    assert office.rows == office.books.rows == {}
    assert office.books.remaining_ml(SUBJECT) == 40_000


def test_where_it_cannot_be_given_back_the_next_fill_takes_its_place(
    office: Office, asked: list[Asked], full_disk: Callable[[str], None]
) -> None:
    decide(office)
    office.reserve(office.fill(), 4000)
    full_disk("ledger")
    asked[0].failed(Reason.WITNESS_SILENT)
    office.settle()
    assert office.desk.heard == [StoreFailed(Reason.STORAGE_FULL)]
    assert office.books.rows == {}


def test_a_fill_that_ended_meanwhile_releases_it_itself(office: Office, asked: list[Asked]) -> None:
    office.reserve(office.fill(), 4000)
    decide(office, State.RECORDING)
    asked[0].failed(Reason.WITNESS_SILENT)
    office.settle()
    assert office.desk.heard == [ReservationDurable(4000)]


@pytest.mark.parametrize("answer", ["done", "failed"])
def test_an_answer_to_a_fill_that_is_over_is_nobodys(
    office: Office, asked: list[Asked], answer: str
) -> None:
    office.reserve(office.fill(), 4000)
    decide(office)
    office.books.rows.clear()
    office.reserve(office.fill(), 3000)
    first, second = asked
    first.done() if answer == "done" else first.failed(Reason.WITNESS_SILENT)
    office.settle()
    assert office.desk.heard == []
    assert office.rows[1].reserved_ml == 3000
    second.done()
    assert office.desk.heard == [ReservationDurable(3000)]
