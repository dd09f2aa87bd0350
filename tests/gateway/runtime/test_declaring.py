"""Third parties' pumps at a running gateway: reserved by a tap, charged by what people declare."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from gateway.config.types import Totalisers
from gateway.core.allocation import PutSubject
from gateway.core.balance import Balance, fold
from gateway.core.facts import Charge, SaleCancelled, SaleDeclared, SaleReserved
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.runtime.control import Answer
from gateway.runtime.requested import Requested
from gateway.runtime.requests import (
    BeginCalibration,
    CancelDeclaration,
    EnterTotaliser,
    EnterVoucher,
    ShowShift,
)
from gateway.store.ledger import Ledger
from tests.gateway.runtime.notebook import FULL
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import CAR, OTHER, OTHER_UID, POLICY, UID, grant
from tests.gateway.runtime.test_books_overrides import CEILINGS, SUPERVISOR, station
from tests.gateway.runtime.theirs import STATION, Theirs, declare
from tests.gateway.store.samples import SUBJECT, TIME

OTHERS = grant(2, subject=OTHER)
NIL = f"{'0' * 16}-1"


@pytest.fixture
def theirs(office: Office) -> Theirs:
    office.open(OTHERS)
    return Theirs(office)


def test_a_tap_reserves_up_to_the_tightest_limit(theirs: Theirs) -> None:
    reserved = theirs.reserve()
    assert (theirs.state, theirs.code) == (State.RESERVED, "reserved")
    assert reserved.reserved == [Charge(1, POLICY.uid_only_fill_ml)]
    assert (reserved.pump, reserved.station, reserved.card) == (3, STATION, UID)
    assert (reserved.started, reserved.until) == (TIME, "2026-11-22T04:30:00.000Z")
    assert theirs.office.books.remaining_ml(SUBJECT) == 20_000
    assert theirs.office.books.rows == {}
    assert theirs.office.ledger.open_sessions() == []


@pytest.mark.parametrize(
    ("more", "reserved_ml"),
    [
        ({"tank_ml": 12_000}, 12_000),
        ({}, 20_000),
    ],
)
def test_the_tank_bounds_it(office: Office, more: dict[str, Any], reserved_ml: int) -> None:
    office.open(msgspec.structs.replace(CAR, **more))
    assert Theirs(office).reserve().reserved_ml == reserved_ml


def test_what_was_chosen_bounds_it(theirs: Theirs) -> None:
    theirs.desk.choose(5_000)
    assert theirs.reserve().reserved_ml == 5_000


def test_the_rest_of_a_grant_is_all_there_is(office: Office) -> None:
    """No valve of ours runs on there, so nothing is kept back for it."""
    office.open()
    theirs = Theirs(office)
    assert theirs.declare(theirs.reserve().sale, 19_000).done
    theirs.wait(21)
    assert theirs.declare(theirs.reserve().sale, 20_000, "A-2").done
    theirs.wait(21)
    assert theirs.reserve().reserved_ml == 1_000


def test_it_is_shown_for_a_while_and_stays_reserved(theirs: Theirs) -> None:
    reserved = theirs.reserve()
    shown = theirs.declaring.open.at(theirs.desk)
    assert shown is not None
    assert (shown.sale, shown.volume_ml, shown.plate) == (reserved.sale, 20_000, CAR.plate)
    theirs.wait(19)
    assert theirs.state == "reserved"
    theirs.wait(1)
    assert theirs.state == "idle"
    assert theirs.declaring.open.at(theirs.desk) is None
    theirs.wait(40 * 24 * 3600)
    (open_one,) = theirs.declaring.open
    assert (open_one.sale, open_one.late) == (reserved.sale, True)
    assert theirs.office.books.balance.reserved == [Charge(1, 20_000)]


def test_the_same_vehicle_waits_and_others_are_served(theirs: Theirs) -> None:
    first = theirs.reserve()
    assert theirs.tap() is None
    assert (theirs.state, theirs.code) == (State.REFUSED, "declaration_open")
    second = theirs.reserve(OTHER_UID)
    shown = theirs.declaring.open.at(theirs.desk)
    assert (theirs.open, shown and shown.sale) == ([first.sale, second.sale], second.sale)
    kind, data = theirs.office.newest()
    assert kind == "sale.reserved"
    assert data["subject"] == OTHER
    assert theirs.declare(second.sale, 9_000, "B-2").done
    assert theirs.declare(first.sale, 15_000, "B-1").done
    assert theirs.open == []
    theirs.wait(5)
    assert theirs.tap() is not None


def test_it_is_refused_at_our_own_pump_too(theirs: Theirs) -> None:
    theirs.reserve()
    answer, _ = theirs.office.books.decide(theirs.office.desk, UID)
    assert getattr(answer, "code", None) is Reason.DECLARATION_OPEN


def test_a_declaration_is_one_sale_that_moves_no_meter(theirs: Theirs) -> None:
    reserved = theirs.reserve()
    done = theirs.declare(reserved.sale, 15_500, " a - 17 ").done
    assert done is not None
    (sale,) = theirs.office.sales
    assert (sale.sale, sale.mode, sale.volume_ml) == (reserved.sale, "authorise_only", 15_500)
    assert (sale.charges, sale.overrun_ml, sale.metered_ml) == ([Charge(1, 15_500)], 0, 0)
    assert (sale.totaliser_end_ml, sale.started, sale.card) == (None, TIME, UID)
    assert sale.amount_idr == done["amount_idr"]
    *_, said = theirs.told
    assert isinstance(said, SaleDeclared)
    assert (said.receipt_no, said.volume_ml, said.reserved_ml) == ("A-17", 15_500, 20_000)
    assert (said.first_by, said.second_by, said.started) == ("Ama", "Beni", TIME)
    books = theirs.office.books
    assert books.remaining_ml(SUBJECT) == 24_500
    assert (books.balance.reservations, books.balance.totaliser_ml.get(3, 0)) == ({}, 0)
    assert books.balance.shift.declared.volume_ml == 15_500
    assert books.balance.account(SUBJECT).day is not None


@pytest.mark.parametrize(
    ("again", "why", "code"),
    [
        ({"volume_ml": 15_001}, "15000 ml first, then 15001 ml", "litres_differ"),
        ({"receipt_no": "A-2"}, "receipt A-1 first, then A-2", "receipts_differ"),
        ({"receipt_no": "A 1"}, "receipt A-1 first, then A1", "receipts_differ"),
        ({"receipt_no": "A_1"}, "letters and digits", "receipt_wrong"),
    ],
)
def test_what_differs_changes_nothing(
    theirs: Theirs, again: dict[str, Any], why: str, code: str
) -> None:
    reserved = theirs.reserve()
    head = theirs.office.ledger.head
    refused = theirs.declare(reserved.sale, again=again)
    assert why in (refused.refused or "")
    assert refused.code == code
    assert theirs.office.ledger.head == head
    assert theirs.open == [reserved.sale]


def test_each_sale_and_each_receipt_once(theirs: Theirs) -> None:
    first, second = theirs.reserve(), theirs.reserve(OTHER_UID)
    assert theirs.declare(first.sale).done
    assert "waits for no declaration" in (theirs.declare(first.sale).refused or "")
    again = theirs.declare(second.sale, 9_000, "a-1").refused or ""
    assert f"receipt A-1 of {STATION} was declared before: entry" in again
    assert theirs.declare(second.sale, 9_000, "A-2").done
    assert "waits for no declaration" in (theirs.cancel(NIL).refused or "")


def test_of_two_at_once_one_is_written(theirs: Theirs) -> None:
    """Both were asked before either was durable: two tabs, or a button pressed twice."""
    first, second = theirs.reserve(), theirs.reserve(OTHER_UID)
    answers = theirs.ask(declare(first.sale), declare(first.sale), declare(second.sale))
    assert [answer.done is not None for answer in answers] == [True, False, False]
    assert [sale.sale for sale in theirs.office.sales] == [first.sale]


def test_a_sale_ends_once_though_both_were_asked_at_once(theirs: Theirs) -> None:
    first, second = theirs.reserve(), theirs.reserve(OTHER_UID)
    answers = theirs.ask(
        declare(first.sale, receipt="A-1"),
        declare(first.sale, receipt="A-2"),
        CancelDeclaration(first.sale, "Ama"),
        CancelDeclaration(second.sale, "Ama"),
        declare(second.sale, receipt="A-3"),
    )
    assert [answer.done is not None for answer in answers] == [True, False, False, True, False]
    assert [sale.sale for sale in theirs.office.sales] == [first.sale]


def test_what_was_given_beyond_it_belongs_to_the_month_of_the_tap(office: Office) -> None:
    december = grant(
        2,
        period="2026-12",
        not_before="2026-11-30T16:00:00.000Z",
        not_after="2026-12-31T15:59:59.999Z",
    )
    office.open(december)
    theirs = Theirs(office)
    reserved = theirs.reserve()
    office.clock.now_ns += 15 * 24 * 3600 * NS_PER_S
    assert office.books.moment()[1] == "2026-12"
    assert theirs.declare(reserved.sale, 30_000).done
    (sale,) = office.sales
    assert sale.charges == [Charge(1, 30_000)]


def test_more_than_was_reserved_is_charged_as_far_as_the_grants_reach(office: Office) -> None:
    office.open(OTHERS, msgspec.structs.replace(CAR, tank_ml=50_000))
    theirs = Theirs(office)
    reserved = theirs.reserve()
    done = theirs.declare(reserved.sale, 50_000).done
    assert done is not None
    assert (done["beyond_ml"], done["overrun_ml"]) == (30_000, 10_000)
    (sale,) = theirs.office.sales
    assert (sale.charges, sale.overrun_ml) == ([Charge(1, 40_000)], 10_000)
    assert theirs.office.books.remaining_ml(SUBJECT) == -10_000


def test_more_than_the_tank_holds_is_a_slip_of_the_pen(office: Office) -> None:
    office.open(msgspec.structs.replace(CAR, tank_ml=40_000))
    theirs = Theirs(office)
    reserved = theirs.reserve()
    answer = theirs.declare(reserved.sale, 40_001)
    assert (answer.code, answer.values) == ("tank_smaller", {"tank_ml": 40_000})
    assert office.sales == []
    assert theirs.declare(reserved.sale, 40_000).done


def test_what_others_have_reserved_is_not_taken_for_it(office: Office) -> None:
    """Of an emergency grant, which both may draw on."""
    department = grant(3, 30_000, kind="emergency", subject=CAR.department)
    both: list[PutSubject] = [
        msgspec.structs.replace(CAR, emergency=True, tank_ml=90_000),
        msgspec.structs.replace(CAR, subject=OTHER, plate="DH 2002 B", emergency=True),
    ]
    office.open(*both, department)
    theirs = Theirs(office)
    first, other = theirs.reserve(), theirs.reserve(OTHER_UID)
    assert other.reserved == [Charge(3, 20_000)]
    assert theirs.declare(first.sale, 60_000).done
    (sale,) = office.sales
    assert (sale.charges, sale.overrun_ml) == ([Charge(1, 40_000), Charge(3, 10_000)], 10_000)
    assert theirs.declare(other.sale, 20_000, "A-2").done


def test_what_is_cancelled_is_shown_no_longer(theirs: Theirs) -> None:
    theirs.reserve()
    second = theirs.reserve(OTHER_UID)
    assert theirs.cancel(second.sale).done
    assert theirs.state is State.RESERVED
    assert theirs.declaring.open.at(theirs.desk) is None


def test_a_cancellation_says_who_and_gives_back(theirs: Theirs) -> None:
    reserved = theirs.reserve()
    done = theirs.cancel(reserved.sale, why="pump out of order").done
    assert done is not None
    *_, said = theirs.told
    assert said == SaleCancelled(
        sale=reserved.sale,
        pump=3,
        station=STATION,
        subject=SUBJECT,
        reserved_ml=20_000,
        by="Ama",
        why="pump out of order",
    )
    assert theirs.office.books.remaining_ml(SUBJECT) == 40_000
    assert theirs.office.sales == []
    assert theirs.declare(reserved.sale).refused
    theirs.wait(21)
    assert theirs.tap() is not None


def test_a_restart_knows_it_and_the_number_is_used_up(theirs: Theirs) -> None:
    reserved = theirs.reserve()
    office = theirs.office
    balance = fold(Balance(office.wall.zone), office.ledger.every_entry())
    assert balance.reservations == {reserved.sale: reserved}
    assert balance == office.books.balance
    path, private = office.ledger.path, office.ledger.seals.private
    office.ledger.close()
    again = Ledger.open(path, private, gateway="kupang-01")
    try:
        assert not again.selling
        assert again.next_session_no() > int(reserved.sale.partition("-")[2])
    finally:
        again.close()


def test_a_stop_before_the_driver_is_told_gives_back_by_an_entry(office: Office) -> None:
    waiting: list[Callable[[], None]] = []
    office.vouch = lambda done, _failed: waiting.append(done)
    office.open()
    theirs = Theirs(office)
    theirs.reserve()
    assert theirs.state == "deciding"
    row = office.books.rows[3]
    assert isinstance(row, OpenSession)
    assert row.mode == "authorise_only"
    assert office.books.remaining_ml(SUBJECT) == 20_000, "counted once"
    theirs.stop()
    assert theirs.state == "settling"
    waiting[0]()
    office.settle()
    assert theirs.state == "idle"
    reserved, cancelled = theirs.told
    assert isinstance(cancelled, SaleCancelled)
    assert (cancelled.sale, cancelled.by, cancelled.why) == (reserved.sale, None, "stopped")
    assert office.books.remaining_ml(SUBJECT) == 40_000
    assert office.books.rows == {}


def test_a_full_disk_does_not_lose_that_it_is_given_back(
    office: Office, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[Callable[[], None]] = []
    office.vouch = lambda done, _failed: waiting.append(done)
    office.open()
    theirs = Theirs(office)
    theirs.reserve()
    theirs.stop()
    full_disk("ledger")
    waiting[0]()
    office.settle()
    assert theirs.state == "recording"
    assert len(theirs.told) == 1
    monkeypatch.undo()
    theirs.wait(5)
    assert theirs.state == "idle"
    assert len(theirs.told) == 2
    assert office.books.balance.reservations == {}


def test_a_stop_while_it_is_witnessed_is_what_gives_it_back(office: Office) -> None:
    failing: list[Callable[[Reason], None]] = []
    office.vouch = lambda _done, failed: failing.append(failed)
    office.open()
    theirs = Theirs(office)
    theirs.reserve()
    theirs.stop()
    failing[0](Reason.WITNESS_SILENT)
    office.settle()
    assert theirs.state is State.IDLE
    (cancelled,) = [one for one in theirs.told if isinstance(one, SaleCancelled)]
    assert cancelled.why == "stopped"


def test_where_it_cannot_be_given_back_it_stays_open_for_a_person(
    office: Office, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing: list[Callable[[Reason], None]] = []
    office.vouch = lambda _done, failed: failing.append(failed)
    office.open()
    theirs = Theirs(office)
    reserved = theirs.reserve()
    full_disk("ledger")
    failing[0](Reason.WITNESS_SILENT)
    office.settle()
    assert (theirs.state, theirs.code) == (State.REFUSED, "storage_full")
    assert (theirs.open, office.books.rows) == ([reserved.sale], {})
    monkeypatch.undo()
    assert theirs.cancel(reserved.sale).done


def test_without_a_witness_it_is_given_back_by_an_entry(office: Office) -> None:
    failing: list[Callable[[Reason], None]] = []
    office.vouch = lambda _done, failed: failing.append(failed)
    office.open()
    theirs = Theirs(office)
    theirs.reserve()
    failing[0](Reason.WITNESS_SILENT)
    office.settle()
    assert (theirs.state, theirs.code) == (State.REFUSED, "witness_silent")
    cancelled = [one for one in theirs.told if isinstance(one, SaleCancelled)]
    assert [(one.by, one.why) for one in cancelled] == [(None, "witness_silent")]
    assert office.books.rows == {}
    assert office.books.remaining_ml(SUBJECT) == 40_000


def test_a_full_disk_refuses_the_tap_and_keeps_what_is_open(
    theirs: Theirs, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = theirs.reserve()
    full_disk("ledger")
    assert theirs.tap_other() is None
    assert theirs.code == "storage_full"
    refused = theirs.declare(first.sale).refused or ""
    assert refused == "it could not be written: storage_full"
    assert theirs.office.books.rows == {}
    monkeypatch.undo()
    theirs.office.books.stoppage.store_blocked(None)
    assert theirs.declare(first.sale).done


def test_a_grant_recalled_meanwhile_is_closed_with_the_declaration(theirs: Theirs) -> None:
    reserved = theirs.reserve()
    office = theirs.office
    office.keeper.note([(fact, TIME) for fact in office.holdings.taken_up([], [1])])
    office.settle()
    kind, data = office.newest()
    assert (kind, data["reserved_ml"]) == ("grant.reported", 20_000)
    assert theirs.declare(reserved.sale, 15_000).done
    kind, data = office.newest()
    assert (kind, data["spent_ml"], data["why"]) == ("grant.closed", 15_000, "recalled")


def test_a_grant_recalled_meanwhile_is_closed_with_the_cancellation(theirs: Theirs) -> None:
    reserved = theirs.reserve()
    office = theirs.office
    office.keeper.note([(fact, TIME) for fact in office.holdings.taken_up([], [1])])
    office.settle()
    assert theirs.cancel(reserved.sale).done
    kind, data = office.newest()
    assert (kind, data["spent_ml"], data["why"]) == ("grant.closed", 0, "recalled")


def test_a_grant_does_not_expire_under_it(theirs: Theirs) -> None:
    reserved = theirs.reserve()
    theirs.office.wall.witness("2026-12-22T04:00:00.000Z")
    assert [close.grant_no for close in theirs.office.holdings.expired()] == [2]
    assert theirs.declare(reserved.sale, 15_000).done
    (sale,) = theirs.office.sales
    assert sale.charges == [Charge(1, 15_000)]


def test_a_grant_that_went_while_it_was_written_is_not_reserved(office: Office) -> None:
    """The loop has not heard of the close yet: the writer's thread judges once more."""
    books = office.open()
    theirs = Theirs(office)
    held = books.balance
    closes = office.holdings.taken_up([], [1])
    office.keeper.note([(fact, TIME) for fact in closes])
    office.settle()
    books.balance = held
    assert theirs.tap() is None
    assert theirs.code == "quota_exhausted"
    assert books.rows == {}


def test_what_is_recalled_while_it_is_written_is_taken_from_another(office: Office) -> None:
    """The close stands before it in the writer's queue; the loop has not heard of either."""
    office.open(grant(2))
    theirs = Theirs(office)
    office.keeper.note([(fact, TIME) for fact in office.holdings.taken_up([], [1])])
    assert theirs.reserve().reserved == [Charge(2, 20_000)]


def test_a_disk_that_refuses_a_declaration_leaves_it_open(theirs: Theirs) -> None:
    reserved = theirs.reserve()

    def full(_job: object) -> list[Any]:
        raise FULL

    commit = theirs.office.keeper.commit
    theirs.office.keeper.commit = full  # type: ignore[method-assign,assignment]
    assert "could not be written" in (theirs.cancel(reserved.sale).refused or "")
    theirs.office.keeper.commit = commit  # type: ignore[method-assign]
    assert theirs.open == [reserved.sale]
    assert [type(one) for one in theirs.told] == [SaleReserved]


@pytest.fixture
def supervised(office: Office) -> Theirs:
    """The first car has 40 L, the other 3 L, the station 40 L for exceptions."""
    office.open(SUPERVISOR, CEILINGS, grant(2, 3000, subject=OTHER), station(3, 40_000))
    return Theirs(office)


def test_a_supervisors_exception_is_reserved_and_on_record(supervised: Theirs) -> None:
    supervised.tap(SUPERVISOR.uid)
    assert supervised.code == "override"
    reserved = supervised.reserve(OTHER_UID)
    assert reserved.reserved == [Charge(2, 3_000), Charge(3, 8_000)]
    assert reserved.override_by == SUPERVISOR.uid
    assert supervised.office.books.overrides_today == 1
    kinds = [entry.type for entry in supervised.office.ledger.every_entry()]
    assert kinds[-2:] == ["sale.reserved", "override.granted"]
    kind, data = supervised.office.newest()
    assert (kind, data["sale"], data["ceiling_ml"]) == ("override.granted", reserved.sale, 8_000)
    assert supervised.declare(reserved.sale, 10_000).done
    (sale,) = supervised.office.sales
    assert (sale.charges, sale.override_by) == (
        [Charge(2, 3_000), Charge(3, 7_000)],
        SUPERVISOR.uid,
    )


def test_what_waits_counts_for_the_ceiling_of_a_day(supervised: Theirs) -> None:
    supervised.tap(SUPERVISOR.uid)
    first = supervised.reserve(OTHER_UID)
    books = supervised.office.books
    assert books.override(1).most_ml == books.override(3).most_ml == 4_000
    assert supervised.declare(first.sale, 5_000).done
    assert books.override(1).most_ml == 8_000


def test_beyond_its_reservation_nothing_of_the_stations_is_taken(supervised: Theirs) -> None:
    """A supervisor allowed so much, and no more."""
    supervised.tap(SUPERVISOR.uid)
    reserved = supervised.reserve(OTHER_UID)
    assert supervised.declare(reserved.sale, 20_000).done
    (sale,) = supervised.office.sales
    assert (sale.charges, sale.overrun_ml) == ([Charge(2, 3_000), Charge(3, 8_000)], 9_000)


def test_our_own_forms_are_not_for_their_pump(theirs: Theirs) -> None:
    """Totaliser, calibration, vouchers: nothing there is ours to read."""
    office = theirs.office
    requested = Requested(
        {1: office.desk, 3: theirs.desk},
        office.books,
        office.keeper,
        office.clock,
        Totalisers(),
        office.holdings,
        office.till.fills,
    )
    for request in (
        EnterTotaliser(pump=3, reading_ml=1, resolution_ml=1, by="Ama"),
        BeginCalibration(pump=3),
        EnterVoucher("A-1", CAR.plate, 1_000, TIME, 3, "Ama"),
    ):
        answers: list[Answer] = []
        requested.take(request, answers.append)
        office.settle()
        assert "expected one of" in (answers[0].refused or "")
    answers = []
    requested.take(ShowShift(), answers.append)
    assert answers[0].done is not None
    assert [one["pump"] for one in answers[0].done["readings"]] == [1]
    assert answers[0].done["undeclared"] == 0
