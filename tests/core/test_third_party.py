"""A third party's pump: one tap reserves all at once, nothing opens, people say what was given."""

import msgspec
import pytest

from gateway.core.actions import RecordRefusal, Release, Reserve, Tell
from gateway.core.declaring import (
    MOST_DECLARED_ML,
    MOST_RECEIPTS,
    ThirdParty,
    cancelled,
    ended_by,
    receipt_no,
    receipt_of,
    reservation,
    row_of,
)
from gateway.core.events import (
    CardPresented,
    DecisionAllowed,
    DecisionDenied,
    NozzleLifted,
    SaleRecorded,
    StopRequested,
    StoreFailed,
    Woken,
)
from gateway.core.facts import Charge, Fact, SaleDeclared
from gateway.core.facts.declared import DECLARED_MODE
from gateway.core.reasons import Reason, Status
from gateway.core.session import State
from gateway.core.units import NS_PER_S, amount_idr
from tests.core.bench import OTHER_UID, THEIRS, UID, Bench, allow, make_rules, reserving
from tests.core.ledger_of import PERIOD, balance_of, then
from tests.core.third_parties import STATION, said, tapped
from tests.gateway.store.samples import SUBJECT, TIME, grant, sale, session

TAP = tapped(1)


@pytest.fixture
def bench() -> Bench:
    return Bench(make_rules(third_party=THEIRS))


def reserved(bench: Bench) -> Bench:
    reserving(bench).durable()
    return bench


def test_all_is_reserved_at_once_without_a_stop_bound(bench: Bench) -> None:
    (action,) = reserving(bench).actions
    assert isinstance(action, Reserve)
    assert action.reserved_ml == bench.stop_ml
    rules = bench.session.rules
    assert (rules.stop_bound_ml, rules.final_bound_ml) == (0, 0)
    ours = make_rules()
    assert (ours.stop_bound_ml, ours.final_bound_ml) == (
        ours.dosing.stop_bound_ml,
        ours.dosing.final_bound_ml,
    )


def test_it_is_told_once_it_is_durable_and_a_nozzle_means_nothing(bench: Bench) -> None:
    reserving(bench).send(NozzleLifted())
    assert bench.durable() == [Tell(Status.RESERVED)]
    assert (bench.state, bench.session.fill) == (State.RESERVED, None)
    assert bench.send(NozzleLifted()) == []


def test_it_is_shown_for_its_time_to_the_nanosecond(bench: Bench) -> None:
    reserved(bench)
    shown_ns = bench.session.rules.reserved_ns
    assert shown_ns == 20 * NS_PER_S
    assert bench.wake_at_ns == bench.now_ns + shown_ns
    assert bench.send(Woken(), shown_ns - 1) == []
    assert bench.state == "reserved"
    assert bench.send(Woken(), 1) == [Tell(Status.READY)]
    assert bench.state == "idle"


def test_the_next_card_need_not_wait(bench: Bench) -> None:
    reserved(bench).send(CardPresented(OTHER_UID))
    assert bench.state is State.DECIDING
    bench.send(DecisionAllowed(allow(uid=OTHER_UID)))
    bench.durable()
    assert bench.session.asked_uid == OTHER_UID


def test_the_same_card_is_judged_anew(bench: Bench) -> None:
    reserved(bench).send(CardPresented(UID))
    told = bench.send(DecisionDenied(Reason.DECLARATION_OPEN, SUBJECT))
    assert told == [
        RecordRefusal(Reason.DECLARATION_OPEN, UID, SUBJECT),
        Tell(Reason.DECLARATION_OPEN),
    ]


def test_a_stop_before_it_is_told_gives_it_back(bench: Bench) -> None:
    reserving(bench).send(StopRequested("attendant"))
    assert bench.state == "settling"
    (released,) = bench.durable()
    assert isinstance(released, Release)
    assert bench.state == "recording"
    bench.send(StoreFailed(Reason.STORAGE_FULL))
    assert [type(action) for action in bench.wake()] == [Release]
    bench.send(SaleRecorded())
    assert bench.state == "idle"


def test_a_stop_afterwards_takes_nothing_back(bench: Bench) -> None:
    assert reserved(bench).send(StopRequested("attendant")) == []
    assert bench.state is State.RESERVED


def test_a_store_that_fails_refuses(bench: Bench) -> None:
    reserving(bench).send(StoreFailed(Reason.STORAGE_FULL))
    assert (bench.state, bench.session.fill) == (State.REFUSED, None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("A-1", "A-1"),
        (" a 1\t7 ", "A17"),
        ("54.851.01/0042", "54.851.01/0042"),
        ("9" * 40, "9" * 40),
    ],
)
def test_a_receipt_is_read_as_people_type_it(text: str, number: str) -> None:
    assert receipt_no(text) == number


@pytest.mark.parametrize("text", ["", "  ", "-1", "A--1", "A_1", "=1+1", "9" * 41, "A\u202e1"])
def test_what_is_no_receipt(text: str) -> None:
    with pytest.raises(ValueError, match="letters and digits, at most 40") as refused:
        receipt_no(text)
    assert str(refused.value).isprintable()


def test_a_reservation_is_the_fill_that_it_stands_for() -> None:
    row = msgspec.structs.replace(
        session(7, Charge(1, 2_000), Charge(2, 3_000), pump=3, metered_ml=0),
        mode=DECLARED_MODE,
        totaliser_start_ml=0,
        override_by="0499AA77",
        driver="0477AA88",
    )
    fact = reservation(row, ThirdParty(STATION, 60), "2026-11-22T04:01:00.000Z")
    assert row_of(fact) == row
    assert (fact.reserved_ml, fact.station) == (5_000, STATION)
    with pytest.raises(ValueError, match="expected the card that was tapped"):
        reservation(msgspec.structs.replace(row, card=None), ThirdParty(STATION, 60), TIME)


@pytest.mark.parametrize("volume_ml", [0, -1, MOST_DECLARED_ML + 1])
def test_no_pump_gives_so_much(volume_ml: int) -> None:
    with pytest.raises(ValueError, match=f"expected 1 to {MOST_DECLARED_ML} ml"):
        said(TAP, volume_ml)


@pytest.mark.parametrize(
    ("volume_ml", "more", "charges", "overrun_ml"),
    [
        (1, [], [Charge(1, 1)], 0),
        (20_000, [], [Charge(1, 20_000)], 0),
        (20_001, [], [Charge(1, 20_000)], 1),
        (23_000, [Charge(1, 1_000), Charge(2, 2_000)], [Charge(1, 21_000), Charge(2, 2_000)], 0),
        (24_000, [Charge(2, 2_000)], [Charge(1, 20_000), Charge(2, 2_000)], 2_000),
        (MOST_DECLARED_ML, [], [Charge(1, 20_000)], MOST_DECLARED_ML - 20_000),
    ],
)
def test_what_was_reserved_is_charged_first(
    volume_ml: int, more: list[Charge], charges: list[Charge], overrun_ml: int
) -> None:
    sold, receipt = said(TAP, volume_ml, more=more)
    assert (sold.charges, sold.overrun_ml) == (charges, overrun_ml)
    assert sold.amount_idr == amount_idr(volume_ml, TAP.price_idr_per_l)
    assert (receipt.volume_ml, receipt.reserved_ml) == (volume_ml, 20_000)
    assert (sold.started, receipt.started) == (TIME, TIME)


def test_a_balance_keeps_it_until_it_ends() -> None:
    balance = balance_of(grant(1), TAP, tapped(2, Charge(1, 5_000)))
    assert balance.reserved == [Charge(1, 20_000), Charge(1, 5_000)]
    assert balance.remaining_ml(SUBJECT, TIME, PERIOD, balance.reserved) == 15_000
    declared = then(balance, *said(TAP, 12_000))
    assert list(declared.reservations) == [tapped(2).sale]
    assert declared.remaining_ml(SUBJECT, TIME, PERIOD, declared.reserved) == 23_000
    free = then(declared, cancelled(tapped(2, Charge(1, 5_000)), "Ama", ""))
    assert free.reservations == {}
    assert free.remaining_ml(SUBJECT, TIME, PERIOD, free.reserved) == 28_000
    assert free.shift.declared.count == 1


def test_fills_and_estimates_leave_it_alone() -> None:
    balance = balance_of(grant(1), TAP, sale(2, Charge(1, 1_000)))
    assert balance.reservations == {TAP.sale: TAP}


def test_only_the_newest_receipts_are_kept_whatever_their_order() -> None:
    receipts = [
        SaleDeclared(
            sale=TAP.sale,
            pump=3,
            station=STATION,
            receipt_no=f"{MOST_RECEIPTS + 1 - number}",
            subject=SUBJECT,
            volume_ml=1,
            reserved_ml=1,
            started=TIME,
            first_by="Ama",
            second_by="Ama",
        )
        for number in range(MOST_RECEIPTS + 2)
    ]
    balance = balance_of(*receipts)
    assert len(balance.receipts) == MOST_RECEIPTS
    gone = [receipt_of(STATION, one.receipt_no) for one in receipts[:2]]
    assert not balance.receipts.keys() & set(gone)


def test_who_ends_what() -> None:
    facts: list[Fact] = [tapped(3), *said(TAP, 1), cancelled(tapped(2), None, "stopped")]
    assert ended_by(facts) == [TAP.sale, tapped(2).sale]
