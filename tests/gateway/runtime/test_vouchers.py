"""Paper vouchers at a running gateway: each once, charged as far as the grants reach."""

from typing import Any

import msgspec
import pytest

from gateway.core.facts import TYPE_OF, SaleCompleted, VoucherEntered
from gateway.runtime.control import Answer
from gateway.runtime.requests import EnterVoucher
from gateway.runtime.vouchers import Vouchers
from tests.gateway.runtime.notebook import FULL
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import CAR
from tests.gateway.store.samples import SUBJECT

TWO_DAYS_AGO = "2026-11-20T01:00:00.000Z"


def paper(serial: str = "A-0001", volume_ml: int = 15_000, **changes: Any) -> EnterVoucher:
    usual: dict[str, Any] = {"plate": " dh1001 a", "sold": TWO_DAYS_AGO, "pump": 1, "by": "Ama"}
    return EnterVoucher(serial=serial, volume_ml=volume_ml, **(usual | changes))


def ask(office: Office, request: EnterVoucher) -> Answer:
    vouchers = Vouchers(
        frozenset({1, 2}), office.books, office.keeper, office.holdings, office.till.fills
    )
    answers: list[Answer] = []
    vouchers.take(request, answers.append)
    if not answers:
        office.settle()
    return answers[0]


def test_a_voucher_is_a_sale_of_its_vehicle_and_moves_no_meter(office: Office) -> None:
    books = office.open()
    done = ask(office, paper()).done
    assert done is not None
    (sale,) = office.sales
    assert (sale.subject, sale.mode, sale.card, sale.volume_ml) == (
        SUBJECT,
        "voucher",
        None,
        15_000,
    )
    assert (sale.overrun_ml, sale.metered_ml, sale.totaliser_end_ml) == (0, 0, None)
    assert (sale.started, sale.amount_idr) == (TWO_DAYS_AGO, done["amount_idr"])
    kind, data = office.newest()
    assert kind == TYPE_OF[VoucherEntered]
    entered = msgspec.convert(data, VoucherEntered)
    assert (entered.serial, entered.sale, entered.sold) == ("A-0001", sale.sale, TWO_DAYS_AGO)
    assert books.remaining_ml(SUBJECT) == 25_000
    assert books.balance.totaliser_ml.get(1, 0) == 0
    assert books.balance.shift.vouchers.volume_ml == 15_000


def test_what_the_grants_do_not_hold_is_held_against_the_next(office: Office) -> None:
    books = office.open()
    office.reserve(office.fill(), 10_000)
    done = ask(office, paper(volume_ml=35_000)).done
    assert done is not None
    assert done["overrun_ml"] == 5_000
    (sale,) = office.sales
    assert [charge.volume_ml for charge in sale.charges] == [30_000]
    assert books.remaining_ml(SUBJECT) == -5_000


def test_each_number_once(office: Office) -> None:
    books = office.open()
    assert ask(office, paper()).done
    again = ask(office, paper(volume_ml=1_000, plate="DH 2002 B"))
    assert again.refused == f"voucher A-0001 was entered before: entry {office.books.head}"
    assert (again.code, again.values) == ("voucher_known", {"entry": office.books.head})
    for typed in ("A0001", "A-00-01"):
        assert ask(office, paper(typed)).code == "voucher_known", "the same paper"
    assert books.remaining_ml(SUBJECT) == 25_000
    assert ask(office, paper("A-0002")).done


def test_two_at_once_are_one(office: Office) -> None:
    """Both were asked before either was durable."""
    office.open()
    vouchers = Vouchers(
        frozenset({1}), office.books, office.keeper, office.holdings, office.till.fills
    )
    answers: list[Answer] = []
    vouchers.take(paper(), answers.append)
    vouchers.take(paper(), answers.append)
    office.settle()
    assert [answer.done is not None for answer in answers] == [True, False]
    assert len(office.sales) == 1


def test_its_number_as_a_sale_is_never_used_again(office: Office) -> None:
    office.open()
    ask(office, paper())
    numbers = {int(sale.sale.partition("-")[2]) for sale in office.sales}
    assert office.ledger.next_session_no() > max(numbers)
    assert office.ledger._meta.session_no == max(numbers)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"plate": "DH 9999 Z"}, "no vehicle has the plate"),
        ({"volume_ml": CAR.tank_ml + 1}, "the tank of DH 1001 A holds 45000 ml"),
        ({"sold": "2026-12-31T00:00:00.000Z"}, "and not later"),
        ({"sold": "2026-01-31T00:00:00.000Z"}, "at most 92 days before"),
        ({"sold": "2026-11-31T00:00:00.000Z"}, "no such time"),
        ({"pump": 3}, "pump 3: expected one of 1, 2"),
    ],
)
def test_a_slip_of_the_pen_changes_nothing(
    office: Office, changes: dict[str, Any], why: str
) -> None:
    office.open()
    head = office.ledger.head
    assert why in (ask(office, paper(**changes)).refused or "")
    assert office.ledger.head == head


def test_what_a_voucher_of_an_earlier_day_took_does_not_set_todays_count_back(
    office: Office,
) -> None:
    books = office.open()
    office.reserve(fill := office.fill(), 4_000)
    office.sell(fill, 3_000)
    before = books.balance.account(SUBJECT).day
    ask(office, paper())
    assert books.balance.account(SUBJECT).day == before
    assert books.remaining_ml(SUBJECT) == 22_000


def test_a_disk_that_refuses_is_said_and_the_paper_can_come_again(office: Office) -> None:
    office.open()

    def full(_job: object) -> list[Any]:
        raise FULL

    commit = office.keeper.commit
    office.keeper.commit = full  # type: ignore[method-assign,assignment]
    assert "could not be written" in (ask(office, paper()).refused or "")
    office.keeper.commit = commit  # type: ignore[method-assign]
    assert ask(office, paper()).done


def test_the_sale_is_one_that_can_be_read(office: Office) -> None:
    office.open()
    ask(office, paper())
    assert msgspec.convert(msgspec.to_builtins(office.sales[0]), SaleCompleted) == office.sales[0]
