"""Reservations: durable rows, never above the balance, put back when the disk fails."""

from collections.abc import Callable

import msgspec
import pytest

from gateway.core import actions as a
from gateway.core.events import ReservationDurable, StoreFailed
from gateway.core.facts import Charge
from gateway.core.reasons import Reason
from gateway.core.units import NS_PER_S
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import (
    UID,
    grant,
)
from tests.gateway.store.samples import INCARNATION, SUBJECT, sale


def test_the_first_reservation_is_a_row_on_disk_before_it_is_answered(office: Office) -> None:
    office.open(sold=[sale(1, Charge(1, 1000), totaliser_start_ml=70_000)])
    office.desk.count(25)
    office.reserve(office.fill(), 4000)
    assert office.desk.heard == [ReservationDurable(4000)]
    row = office.rows[1]
    assert row == office.books.rows[1]
    assert row.reserved == [Charge(1, 4000)]
    assert (row.card, row.subject, row.department) == (UID, SUBJECT, "dinas-kesehatan")
    assert (row.product, row.price_idr_per_l, row.price_version) == ("pertamax", 12_950, 3)
    assert (row.sale, row.boot, row.mode) == (f"{INCARNATION}-{row.session_no}", 2, "valve")
    assert (row.started, row.metered_ml) == ("2026-11-22T04:00:00.000Z", 0)
    assert row.totaliser_start_ml == 71_000 + 250


def test_a_top_up_adds_to_the_same_row(office: Office) -> None:
    office.open()
    fill = office.fill()
    office.reserve(fill, 4000)
    first = office.rows[1]
    office.clock.now_ns += 5 * NS_PER_S
    office.reserve(fill, 6500, metered_ml=2000)
    row = office.rows[1]
    assert row == msgspec.structs.replace(first, reserved=[Charge(1, 6500)], metered_ml=2000)
    assert office.desk.heard == [ReservationDurable(4000), ReservationDurable(6500)]


def test_a_top_up_knows_what_strayed_before_the_valve_opened(office: Office) -> None:
    office.open()
    fill = office.fill()
    office.reserve(fill, 4000)
    office.desk.count(50)
    opened = msgspec.structs.replace(
        fill, opened=True, start_pulses=office.desk.session.pulses_total
    )
    office.desk.count(100)
    office.reserve(opened, 5000, metered_ml=1000)
    row = office.rows[1]
    assert (row.totaliser_start_ml, row.metered_ml) == (500, 1000)


def test_reservations_go_over_several_grants_oldest_first(office: Office) -> None:
    office.open(grant(2, 10_000))
    fill = office.fill()
    office.reserve(fill, 39_000)
    office.reserve(fill, 43_000)
    assert office.rows[1].reserved == [Charge(1, 40_000), Charge(2, 3000)]
    sold = office.sell(fill, 40_500)
    assert sold.charges == [Charge(1, 40_000), Charge(2, 500)]


def test_a_fill_stays_in_the_month_in_which_it_began(office: Office) -> None:
    december = grant(
        2,
        9000,
        period="2026-12",
        not_before="2026-11-30T16:00:00.000Z",
        not_after="2026-12-31T15:59:59.999Z",
    )
    office.open(december)
    office.clock.now_ns += (8 * 24 + 11) * 3600 * NS_PER_S + 3590 * NS_PER_S
    fill = office.fill()
    office.reserve(fill, 4000)
    assert office.rows[1].started == "2026-11-30T15:59:50.000Z"
    office.clock.now_ns += 20 * NS_PER_S
    office.reserve(fill, 6000)
    assert office.rows[1].reserved == [Charge(1, 6000)]
    assert office.sell(fill, 5000).charges == [Charge(1, 5000)]


@pytest.mark.parametrize(("reserved_ml", "granted"), [(40_000, True), (40_001, False)])
def test_no_more_is_reserved_than_there_is(
    office: Office, *, reserved_ml: int, granted: bool
) -> None:
    office.open()
    office.reserve(office.fill(), reserved_ml)
    if granted:
        assert office.desk.heard == [ReservationDurable(reserved_ml)]
    else:
        assert office.desk.heard == [StoreFailed(Reason.QUOTA_EXHAUSTED)]
        assert office.books.rows == office.rows == {}


def test_a_top_up_beyond_the_balance_keeps_the_first_reservation(office: Office) -> None:
    office.open()
    fill = office.fill()
    office.reserve(fill, 39_000)
    office.reserve(fill, 40_001)
    assert office.desk.heard[-1] == StoreFailed(Reason.QUOTA_EXHAUSTED)
    assert office.rows[1].reserved_ml == office.books.rows[1].reserved_ml == 39_000


def test_two_pumps_never_reserve_the_same_litre(office: Office) -> None:
    office.open()
    office.reserve(office.fill(), 25_000)
    office.till.reserve(office.second, a.Reserve(office.fill(), 15_001, 0))
    office.settle()
    assert office.second.heard == [StoreFailed(Reason.QUOTA_EXHAUSTED)]
    office.till.reserve(office.second, a.Reserve(office.fill(), 15_000, 0))
    office.settle()
    assert office.second.heard[-1] == ReservationDurable(15_000)


def test_what_waits_for_the_disk_is_reserved_already(office: Office) -> None:
    office.open()
    office.till.reserve(office.desk, a.Reserve(office.fill(), 25_000, 0))
    office.till.reserve(office.second, a.Reserve(office.fill(), 15_001, 0))
    assert office.second.heard == [StoreFailed(Reason.QUOTA_EXHAUSTED)]


def test_a_failed_first_reservation_leaves_nothing(
    office: Office, full_disk: Callable[[str], None]
) -> None:
    books = office.open()
    full_disk("ledger")
    office.reserve(office.fill(), 4000)
    assert office.desk.heard == [StoreFailed(Reason.STORAGE_FULL)]
    assert books.rows == {}
    assert books.remaining_ml(SUBJECT) == 40_000


def test_a_failed_top_up_puts_the_row_back(
    office: Office, full_disk: Callable[[str], None]
) -> None:
    books = office.open()
    fill = office.fill()
    office.reserve(fill, 4000)
    before = books.rows[1]
    full_disk("ledger")
    office.reserve(fill, 6000, metered_ml=2000)
    assert office.desk.heard[-1] == StoreFailed(Reason.STORAGE_FULL)
    assert books.rows == {1: before}
    assert books.remaining_ml(SUBJECT) == 36_000
