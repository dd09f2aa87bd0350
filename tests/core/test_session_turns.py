"""Contacts take turns to make first, and to break first where nothing hurries."""

from collections.abc import Callable

import pytest

from gateway.core.actions import ClearFound, OpenValve, RecordCleared, ShutValve
from gateway.core.events import (
    CardPresented,
    DeviceFailed,
    EmergencyStopped,
    Event,
    Metered,
    NozzleHung,
    SaleRecorded,
    StopRequested,
    StoreFailed,
    Woken,
)
from gateway.core.reasons import Fault, Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_MS, NS_PER_S
from gateway.core.valve import Contact, Found
from tests.core.bench import TECHNICIAN_UID, UID, Bench, dispensing, flowing

Do = Callable[[Bench], Event]
FOUND = Found(Fault.LIMITER_WELDED, "timer feed on GPIO 27: found its contact made")


def opening(bench: Bench) -> OpenValve:
    (opened,) = [a for a in bench.actions if isinstance(a, OpenValve)]
    return opened


def shutting(bench: Bench) -> ShutValve:
    (shut,) = [a for a in bench.actions if isinstance(a, ShutValve)]
    return shut


def ended(bench: Bench) -> Bench:
    bench.send(NozzleHung())
    bench.wake()
    bench.send(SaleRecorded())
    return bench


def test_contacts_take_turns_to_make_first_and_to_break_first() -> None:
    bench, made, broken = Bench(), [], []
    for _ in range(4):
        dispensing(bench)
        made.append(opening(bench).first)
        bench.meter(50, after_ns=2 * NS_PER_S)
        bench.send(NozzleHung())
        broken.append(shutting(bench).first)
        bench.wake()
        bench.send(SaleRecorded())
    assert made == [Contact.ENABLE, Contact.LIMITER] * 2
    assert broken == [Contact.ENABLE, Contact.LIMITER] * 2


@pytest.mark.parametrize(
    ("event", "after_ns"),
    [(NozzleHung(), 0), (CardPresented(UID), 0), (Woken(), 61 * NS_PER_S)],
)
def test_an_unhurried_end_breaks_one_first(event: Event, after_ns: int) -> None:
    bench = flowing(Bench())
    bench.send(event, after_ns)
    assert shutting(bench).first is Contact.ENABLE


@pytest.mark.parametrize(
    ("event", "after_ns"),
    [
        (StopRequested("attendant"), 0),
        (EmergencyStopped(), 0),
        (DeviceFailed(Fault.READER_SILENT, ""), 0),
        (StoreFailed(Reason.STORAGE_FULL), 0),
        (Metered(350, True, True), 3 * NS_PER_S),
        (Metered(50, True, True, found=FOUND), 1),
        (Woken(), 901 * NS_PER_S),
    ],
)
def test_a_limit_a_stop_and_a_fault_break_both_at_once(event: Event, after_ns: int) -> None:
    bench = flowing(Bench())
    bench.send(event, after_ns)
    assert shutting(bench).first is None
    assert bench.session.breaks_first is Contact.ENABLE


@pytest.mark.parametrize(("after_ms", "told"), [(299, True), (300, False)])
def test_what_hurries_does_not_wait_for_the_turn_of_an_end_before(
    after_ms: int, told: bool
) -> None:
    bench = flowing(Bench())
    bench.send(NozzleHung())
    bench.send(EmergencyStopped(), after_ms * NS_PER_MS)
    assert (ShutValve() in bench.actions) is told
    bench.send(EmergencyStopped())
    assert ShutValve() not in bench.actions


@pytest.mark.parametrize(
    ("first", "enable", "limiter", "fault"),
    [
        (Contact.ENABLE, False, False, Fault.CONTACT_NOT_MADE),
        (Contact.ENABLE, True, False, Fault.LIMITER_NOT_MADE),
        (Contact.LIMITER, False, False, Fault.LIMITER_NOT_MADE),
        (Contact.LIMITER, False, True, Fault.CONTACT_NOT_MADE),
    ],
)
def test_of_two_that_are_not_made_the_first_is_at_fault(
    first: Contact, enable: bool, limiter: bool, fault: Fault
) -> None:
    bench = Bench()
    if first is Contact.LIMITER:
        ended(flowing(bench))
    dispensing(bench)
    bench.send(Metered(bench.session.pulses_total, enable, limiter), 600 * NS_PER_MS)
    assert bench.session.fault is fault


@pytest.mark.parametrize("hurried", [True, False])
@pytest.mark.parametrize("early_ns", [1, 0])
def test_a_contact_in_its_turn_has_300_ms_more_to_break(hurried: bool, early_ns: int) -> None:
    bench = flowing(Bench())
    bench.send(StopRequested("attendant") if hurried else NozzleHung())
    allowed_ns = (300 if hurried else 600) * NS_PER_MS
    bench.send(Metered(50, True, False), allowed_ns - early_ns)
    assert bench.session.fault is (None if early_ns else Fault.CONTACT_WELDED)


def test_what_the_driver_found_locks_until_a_technicians_card_which_tells_the_driver() -> None:
    bench = Bench()
    bench.send(Metered(0, False, False, found=FOUND), NS_PER_S)
    assert (bench.state, bench.session.fault) == (State.FAULTED, Fault.LIMITER_WELDED)
    bench.send(CardPresented(UID))
    assert bench.state is State.FAULTED
    bench.send(CardPresented(TECHNICIAN_UID, technician=True))
    cleared = RecordCleared(Fault.LIMITER_WELDED, TECHNICIAN_UID)
    assert bench.actions[:2] == [cleared, ClearFound()]
    assert bench.session.fault is None
    bench.send(Metered(0, False, False, found=FOUND), NS_PER_S)
    assert bench.state is State.FAULTED


def test_a_technicians_card_clears_nothing_while_a_contact_still_reads_made() -> None:
    bench = Bench()
    bench.send(Metered(0, False, True, found=FOUND), NS_PER_S)
    bench.send(CardPresented(TECHNICIAN_UID, technician=True))
    assert bench.session.fault is Fault.LIMITER_WELDED
