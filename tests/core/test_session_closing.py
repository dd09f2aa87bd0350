"""A fill that ends is handed to the ledger once, whatever the store answers and when."""

import pytest

from gateway.core.actions import RecordRefusal, RecordSale, Release, ShutValve, Tell
from gateway.core.events import (
    CardPresented,
    DeviceFailed,
    SaleRecorded,
    StopRequested,
    StoreFailed,
    Woken,
)
from gateway.core.reasons import Fault, Reason, Status
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from tests.core.bench import (
    OTHER_UID,
    UID,
    Bench,
    Reach,
    authorised,
    dispensing,
    flowing,
    handed_over,
    recording,
    reserving,
)

STOP = StopRequested("attendant")
FULL = StoreFailed(Reason.STORAGE_FULL)


def topping_up(bench: Bench) -> Bench:
    flowing(bench, pulses=200)
    assert bench.session.the_fill.reserving
    return bench


def test_a_late_refusal_of_a_top_up_does_not_record_the_sale_twice() -> None:
    bench = topping_up(Bench())
    bench.send(STOP)
    bench.send(FULL, NS_PER_S)
    assert len(handed_over(bench.wake())) == 1
    assert bench.wake_at_ns is None
    assert bench.send(Woken(), 60 * NS_PER_S) == []


def test_a_refusal_that_comes_after_settling_still_hands_the_sale_over() -> None:
    bench = topping_up(Bench())
    bench.send(STOP)
    (sale,) = handed_over(bench.send(FULL, 60 * NS_PER_S))
    assert isinstance(sale, RecordSale)
    assert (sale.volume_ml, sale.ended_by) == (2000, "attendant")
    assert bench.state is State.RECORDING


def test_a_sale_waits_for_the_answer_to_its_top_up() -> None:
    bench = topping_up(Bench())
    bench.send(STOP)
    assert bench.meter(0, after_ns=60 * NS_PER_S) == []
    assert len(handed_over(bench.durable())) == 1


def test_a_refused_top_up_ends_the_fill_with_the_reason() -> None:
    bench = topping_up(Bench())
    assert bench.send(FULL) == [ShutValve(), Tell(Reason.STORAGE_FULL)]
    assert bench.session.the_fill.ended_by == "storage_full"


def test_while_a_sale_cannot_be_written_the_next_card_is_told_why() -> None:
    bench = recording(Bench())
    bench.send(FULL)
    code = Reason.STORAGE_FULL
    assert bench.send(CardPresented(OTHER_UID)) == [
        RecordRefusal(code, OTHER_UID),
        Tell(code),
    ]
    bench.send(SaleRecorded())
    assert (bench.state, bench.session.store_code) == (State.IDLE, None)


def test_an_answer_to_nothing_drops_no_fill() -> None:
    bench = topping_up(Bench())
    bench.send(STOP)
    bench.send(SaleRecorded())
    assert bench.session.fill is not None
    assert bench.state is State.SETTLING


def test_a_sale_that_was_refused_is_written_with_the_same_volume_later() -> None:
    bench = recording(Bench())
    (first,) = handed_over(bench.actions)
    assert bench.send(FULL) == [Tell(Reason.STORAGE_FULL)]
    bench.meter(1, after_ns=NS_PER_S)
    (again,) = handed_over(bench.wake())
    assert again == first


def test_a_recorded_sale_frees_the_pump() -> None:
    bench = recording(Bench())
    assert bench.send(SaleRecorded()) == [Tell(Status.READY)]
    assert (bench.state, bench.session.fill) == (State.IDLE, None)


@pytest.mark.parametrize("answer", ["durable", "refused"])
def test_a_stop_while_reserving_releases_once_the_store_has_answered(answer: str) -> None:
    bench = reserving(Bench())
    assert bench.send(STOP) == []
    actions = bench.durable() if answer == "durable" else bench.send(FULL)
    (release,) = handed_over(actions)
    assert isinstance(release, Release)
    assert bench.state is State.RECORDING


def test_an_unused_reservation_is_released_at_once() -> None:
    bench = authorised(Bench())
    (release,) = handed_over(bench.send(STOP))
    assert isinstance(release, Release)


def test_a_lifted_nozzle_without_a_pulse_is_released_not_sold() -> None:
    bench = dispensing(Bench())
    bench.send(STOP)
    (release,) = handed_over(bench.wake())
    assert isinstance(release, Release)


@pytest.mark.parametrize("reach", [authorised, flowing])
def test_the_same_card_ends_its_own_fill(reach: Reach) -> None:
    bench = reach(Bench())
    bench.send(CardPresented(UID))
    assert bench.session.the_fill.ended_by == "card"


@pytest.mark.parametrize("reach", [authorised, flowing])
def test_another_card_is_refused_and_changes_nothing(reach: Reach) -> None:
    bench = reach(Bench())
    before = bench.session
    actions = bench.send(CardPresented(OTHER_UID))
    assert actions == [
        RecordRefusal(Reason.CARD_IN_USE, OTHER_UID),
        Tell(Reason.CARD_IN_USE),
    ]
    assert bench.session == before


def test_the_first_reason_to_end_is_the_one_recorded() -> None:
    bench = flowing(Bench())
    bench.send(CardPresented(UID))
    bench.send(DeviceFailed(Fault.PUMP_SILENT, ""))
    (sale,) = handed_over(bench.wake())
    assert isinstance(sale, RecordSale)
    assert sale.ended_by == "card"
