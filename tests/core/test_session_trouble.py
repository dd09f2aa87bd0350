"""Faults and the emergency stop: what ends them, and what they leave behind."""

import pytest

from gateway.core.actions import (
    ClearFound,
    Decide,
    RecordCleared,
    RecordFault,
    RecordUnauthorised,
    Release,
    Tell,
)
from gateway.core.events import (
    CardPresented,
    DecisionAllowed,
    DecisionDenied,
    DeviceFailed,
    DeviceRecovered,
    EmergencyReleased,
    EmergencyStopped,
    Event,
    Metered,
    SaleRecorded,
    StopRequested,
    StoreFailed,
)
from gateway.core.reasons import Fault, Reason, Status
from gateway.core.session import State
from tests.core.bench import (
    OTHER_UID,
    TECHNICIAN_UID,
    Bench,
    Reach,
    allow,
    authorised,
    deciding,
    faulted,
    handed_over,
    recording,
    reserving,
    settling,
    stopped,
)

TECHNICIAN = CardPresented(TECHNICIAN_UID, technician=True)


def test_an_emergency_stop_releases_an_unused_reservation_at_once() -> None:
    bench = authorised(Bench())
    tell, release = bench.send(EmergencyStopped())
    assert tell == Tell(Reason.EMERGENCY_STOP)
    assert isinstance(release, Release)


@pytest.mark.parametrize(
    ("trouble", "end"),
    [
        (DeviceFailed(Fault.PUMP_SILENT, ""), TECHNICIAN),
        (DeviceFailed(Fault.READER_SILENT, ""), DeviceRecovered(Fault.READER_SILENT)),
        (EmergencyStopped(), EmergencyReleased()),
    ],
)
def test_the_next_in_line_is_forgotten_in_trouble(trouble: Event, end: Event) -> None:
    """Who waited may have left; a card laid down long ago must not open the valve."""
    bench = recording(Bench())
    bench.send(CardPresented(OTHER_UID))
    bench.send(trouble)
    bench.meter()
    bench.send(SaleRecorded())
    actions = bench.send(end)
    assert bench.state is State.IDLE
    assert not [action for action in actions if isinstance(action, Decide)]


def test_the_next_in_line_is_served_when_all_is_well() -> None:
    bench = recording(Bench())
    assert bench.send(CardPresented(OTHER_UID)) == [Tell(Status.ASKING)]
    assert bench.send(SaleRecorded()) == [Decide(OTHER_UID)]
    assert bench.state is State.DECIDING


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault.locks])
def test_a_fault_that_locks_is_left_only_by_a_technicians_card(fault: Fault) -> None:
    bench = faulted(Bench(), fault)
    assert bench.send(DeviceRecovered(fault)) == []
    bench.send(CardPresented(OTHER_UID))
    assert (bench.state, bench.session.fault) == (State.FAULTED, fault)
    assert bench.send(TECHNICIAN) == [
        RecordCleared(fault, TECHNICIAN_UID),
        ClearFound(),
        Tell(Status.READY),
    ]
    assert bench.state is State.IDLE


@pytest.mark.parametrize("fault", [fault for fault in Fault if not fault.locks])
def test_a_fault_that_does_not_lock_ends_with_its_cause(fault: Fault) -> None:
    bench = faulted(Bench(), fault)
    bench.send(TECHNICIAN)
    assert bench.state is State.FAULTED
    assert bench.send(DeviceRecovered(fault)) == [
        RecordCleared(fault, "itself"),
        Tell(Status.READY),
    ]


def test_a_reader_that_came_back_while_the_fill_settled_is_in_the_ledger() -> None:
    bench = settling(Bench())
    bench.send(DeviceFailed(Fault.READER_SILENT, ""))
    back = bench.send(DeviceRecovered(Fault.READER_SILENT))
    assert back == [RecordCleared(Fault.READER_SILENT, "itself")]
    assert bench.state is State.SETTLING


@pytest.mark.parametrize("reader_back_first", [True, False])
def test_a_silent_store_is_not_hidden_by_a_silent_reader(reader_back_first: bool) -> None:
    bench = reserving(Bench())
    bench.send(DeviceFailed(Fault.STORE_SILENT, ""))
    bench.send(DeviceFailed(Fault.READER_SILENT, ""))
    cleared = []
    if reader_back_first:
        cleared += bench.send(DeviceRecovered(Fault.READER_SILENT))
    bench.durable()
    cleared += bench.send(SaleRecorded())
    if not reader_back_first:
        cleared += bench.send(DeviceRecovered(Fault.READER_SILENT))
    faults = {action.fault for action in cleared if isinstance(action, RecordCleared)}
    assert faults == {Fault.STORE_SILENT, Fault.READER_SILENT}
    assert bench.state is State.IDLE


def test_a_locking_fault_outlives_the_silent_reader_it_came_after() -> None:
    bench = faulted(Bench(), Fault.READER_SILENT)
    bench.send(DeviceFailed(Fault.PUMP_SILENT, ""))
    bench.send(DeviceRecovered(Fault.READER_SILENT))
    assert (bench.state, bench.session.fault) == (State.FAULTED, Fault.PUMP_SILENT)


@pytest.mark.parametrize("trouble", [EmergencyStopped(), DeviceFailed(Fault.READER_SILENT, "")])
def test_a_welded_contact_is_seen_whatever_else_is_wrong(trouble: Event) -> None:
    bench = Bench()
    bench.send(trouble)
    state = bench.state
    actions = bench.send(Metered(0, True, False))
    assert [a.fault for a in actions if isinstance(a, RecordFault)] == [Fault.CONTACT_WELDED]
    assert bench.send(Metered(0, True, False)) == []
    assert bench.state is state
    bench.send(EmergencyReleased())
    bench.send(DeviceRecovered(Fault.READER_SILENT))
    assert (bench.state, bench.session.fault) == (State.FAULTED, Fault.CONTACT_WELDED)


@pytest.mark.parametrize("reach", [recording, faulted, stopped])
def test_the_last_unauthorised_drops_are_written_before_the_gateway_goes_down(
    reach: Reach,
) -> None:
    bench = reach(Bench())
    assert bench.meter(3) == []
    actions = bench.send(StopRequested("shutdown"))
    if bench.session.fill is not None:
        actions = bench.send(SaleRecorded())
    assert RecordUnauthorised(30) in actions


@pytest.mark.parametrize(
    "late", [DecisionAllowed(allow()), DecisionDenied(Reason.UNKNOWN_CARD, None)]
)
def test_a_decision_that_comes_after_all_ends_the_silence(late: Event) -> None:
    bench = deciding(Bench())
    bench.wake()
    bench.wake()
    assert (bench.state, bench.session.fault) == (State.FAULTED, Fault.STORE_SILENT)
    bench.send(late)
    assert (bench.state, bench.session.fill) == (State.IDLE, None)


@pytest.mark.parametrize("answer", ["durable", "refused"])
def test_a_reservation_answered_after_all_ends_the_silence(answer: str) -> None:
    bench = reserving(Bench())
    bench.wake()
    bench.wake()
    assert bench.session.fault is Fault.STORE_SILENT
    full = StoreFailed(Reason.STORAGE_FULL)
    (release,) = bench.durable() if answer == "durable" else bench.send(full)
    assert isinstance(release, Release)
    bench.send(SaleRecorded())
    assert bench.state is State.IDLE


def test_a_sale_refused_in_trouble_is_tried_again() -> None:
    bench = stopped(recording(Bench()))
    assert bench.send(StoreFailed(Reason.STORAGE_FULL)) == [Tell(Reason.STORAGE_FULL)]
    assert len(handed_over(bench.wake())) == 1
    bench.send(SaleRecorded())
    assert (bench.state, bench.session.fill) == (State.EMERGENCY_STOP, None)


def test_a_technicians_card_does_not_hide_a_contact_that_is_still_welded() -> None:
    bench = Bench()
    bench.send(Metered(0, True, False))
    assert bench.send(TECHNICIAN)[-1] == Tell(Reason.PUMP_FAULT)
    assert bench.session.fault is Fault.CONTACT_WELDED
    bench.send(Metered(0, False, False))
    assert bench.send(TECHNICIAN)[-1] == Tell(Status.READY)
