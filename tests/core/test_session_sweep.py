"""Every state meets every event in every kind of situation; what must never fail is checked."""

from collections import defaultdict
from collections.abc import Callable
from functools import cache

import pytest

from gateway.core.actions import (
    Decide,
    OpenValve,
    RaiseLimit,
    RecordBypassed,
    RecordFault,
    RecordSale,
    RecordUnauthorised,
    Release,
    Reserve,
    ShutValve,
    Tell,
)
from gateway.core.events import (
    EVENTS,
    CardPresented,
    EmergencyReleased,
    EmergencyStopped,
    Event,
    NozzleLifted,
    ReservationDurable,
    SaleRecorded,
    StoreFailed,
    Woken,
)
from gateway.core.reasons import Status
from gateway.core.session import Session, State
from gateway.core.table import TABLE
from tests.core.bench import handed_over
from tests.core.explore import Case, explore

ENDED_BY_TIME = {State.AUTHORISED, State.DISPENSING, State.REFUSED, State.DECIDING, State.RESERVED}
SERVED_THERE = (State.RESERVED,)
each_state = pytest.mark.parametrize("state", State)


@cache
def cases() -> dict[State, list[Case]]:
    found = defaultdict(list)
    for case in explore():
        found[case.before.session.state].append(case)
    return found


def test_the_table_answers_every_event_in_every_state() -> None:
    assert set(TABLE) == set(State)
    for state, row in TABLE.items():
        assert set(row) == set(EVENTS), state


def test_a_cell_without_a_rule_says_why_and_leads_nowhere() -> None:
    for row in TABLE.values():
        for rule in row.values():
            assert rule.why
            assert (rule.handle is None) == (not rule.targets)


@each_state
def test_every_cell_leads_where_the_table_says_and_nowhere_else(state: State) -> None:
    seen: dict[type[Event], set[State]] = defaultdict(set)
    for case in cases()[state]:
        seen[type(case.event)].add(case.outcome.session.state)
    stated = {event: set(rule.targets) or {state} for event, rule in TABLE[state].items()}
    assert seen == stated


def valve_is_open_only_under_a_durable_reservation(case: Case) -> None:
    session = case.outcome.session
    assert session.valve_open == (session.state is State.DISPENSING)
    if session.valve_open:
        covered(session, session.limit_pulses)


def covered(session: Session, limit_pulses: int) -> None:
    fill, dosing = session.the_fill, session.rules.dosing
    volume_ml = dosing.calibration.volume_ml
    limit_ml = volume_ml(limit_pulses) - volume_ml(fill.start_pulses)
    assert fill.opened
    assert not fill.recording
    assert limit_ml + dosing.stop_bound_ml <= fill.reserved_ml
    assert limit_ml <= fill.allowed.stop_ml


def every_limit_that_is_told_is_covered(case: Case) -> None:
    for action in case.outcome.actions:
        if isinstance(action, OpenValve | RaiseLimit):
            covered(case.outcome.session, action.stop_at.limit_pulses)


def the_valve_opens_by_a_reservation_or_a_lifted_nozzle_only(case: Case) -> None:
    opened = [a for a in case.outcome.actions if isinstance(a, OpenValve)]
    assert len(opened) == (case.outcome.session.valve_open and not case.before.session.valve_open)
    if opened:
        assert isinstance(case.event, ReservationDurable | NozzleLifted)
        assert opened[0].stop_at.limit_pulses > case.outcome.session.pulses_total
        assert case.outcome.session.nozzle_lifted
        assert not case.outcome.session.stop_pressed


def leaving_dispensing_shuts_before_anything_else(case: Case) -> None:
    if case.before.session.state is State.DISPENSING:
        left = case.outcome.session.state is not State.DISPENSING
        first = case.outcome.actions[:1]
        assert left == bool(first and isinstance(first[0], ShutValve))


def a_limit_never_goes_down(case: Case) -> None:
    if case.before.session.valve_open and case.outcome.session.valve_open:
        assert case.outcome.session.limit_pulses >= case.before.session.limit_pulses


def no_fill_vanishes(case: Case) -> None:
    before, after = case.before.session.fill, case.outcome.session.fill
    if before is None or after is not None:
        return
    if case.outcome.session.state is State.RESERVED:
        assert isinstance(case.event, ReservationDurable)
        assert not before.opened
    elif before.recording:
        assert isinstance(case.event, SaleRecorded)
    else:
        assert isinstance(case.event, StoreFailed)
        assert before.reserved_ml == 0


def a_fill_is_handed_over_as_it_was_counted(case: Case) -> None:
    before, after = case.before.session.fill, case.outcome.session.fill
    handed = handed_over(case.outcome.actions)
    assert len(handed) <= 1
    if after is not None and after.recording and not (before and before.recording):
        assert len(handed) == 1
    for action in handed:
        session = case.outcome.session
        assert action.fill == after
        assert not action.fill.reserving
        assert isinstance(action, Release) == (session.delivered_ml == 0)
        if isinstance(action, RecordSale):
            assert action.volume_ml == session.delivered_ml


def recording_is_what_the_state_says(case: Case) -> None:
    session = case.outcome.session
    if session.state in (State.AUTHORISED, State.DISPENSING, State.SETTLING):
        assert not session.the_fill.recording
    if session.state is State.RECORDING:
        assert session.the_fill.recording
    if session.state in (State.IDLE, State.REFUSED, State.RESERVED):
        assert session.fill is None


def an_emergency_stop_always_ends_shut(case: Case) -> None:
    session = case.outcome.session
    if isinstance(case.event, EmergencyStopped):
        assert session.state is State.EMERGENCY_STOP
        assert not session.valve_open
        assert session.waiting_uid is None
    assert session.stop_pressed == (session.state is State.EMERGENCY_STOP)


def nobody_is_served_while_the_key_is_turned(case: Case) -> None:
    session = case.outcome.session
    trouble = State.EMERGENCY_STOP if session.stop_pressed else State.BYPASSED
    assert session.bypass_on == (session.state is trouble) or session.stop_pressed
    if session.bypass_on:
        assert session.state is trouble
        assert not session.valve_open
        begun = (OpenValve, RaiseLimit, Reserve, Decide)
        assert not any(isinstance(action, begun) for action in case.outcome.actions)


def what_flows_by_the_key_is_no_leak(case: Case) -> None:
    if case.before.session.bypass_on:
        leaks = [a for a in case.outcome.actions if isinstance(a, RecordUnauthorised)]
        assert sum(leak.volume_ml for leak in leaks) <= case.before.session.stray_ml
        assert case.outcome.session.stray_ml <= case.before.session.stray_ml


def flow_is_accounted_for_once(case: Case) -> None:
    before, after = case.before.session, case.outcome.session
    volume_ml = before.rules.dosing.calibration.volume_ml
    written_ml = sum(
        action.volume_ml
        for action in case.outcome.actions
        if isinstance(action, RecordUnauthorised | RecordBypassed)
    )
    before_ml = before.stray_ml + before.bypassed_ml + before.delivered_ml
    after_ml = after.stray_ml + after.bypassed_ml + after.delivered_ml + written_ml
    gone_ml = before.delivered_ml if after.fill is None else 0
    flowed_ml = volume_ml(after.pulses_total) - volume_ml(before.pulses_total)
    assert after_ml - before_ml + gone_ml == flowed_ml


def releasing_the_stop_begins_nothing(case: Case) -> None:
    if isinstance(case.event, EmergencyReleased):
        before, after = case.before.session.state, case.outcome.session.state
        begun = (State.DECIDING, State.AUTHORISED, State.DISPENSING)
        assert after is before or after not in begun


def only_a_technician_ends_a_fault_that_locks(case: Case) -> None:
    before, after = case.before.session.fault, case.outcome.session.fault
    if before is not None and before.locks and after is not before:
        assert after is None
        assert isinstance(case.event, CardPresented)
        assert case.event.technician


def a_fault_is_kept_and_written(case: Case) -> None:
    after = case.outcome.session
    if after.state not in (State.EMERGENCY_STOP, State.BYPASSED):
        faulted = after.fault is not None or after.state is State.FAULTED
        assert faulted == (after.state is State.FAULTED)
    if after.fault is not None and after.fault is not case.before.session.fault:
        written = [a.fault for a in case.outcome.actions if isinstance(a, RecordFault)]
        assert after.fault in written


def once_woken_the_next_deadline_is_ahead(case: Case) -> None:
    wake_at_ns = case.outcome.wake_at_ns
    if isinstance(case.event, Woken):
        assert wake_at_ns is None or wake_at_ns > case.now_ns


def time_ends_every_state_that_waits_for_nobody(case: Case) -> None:
    session = case.outcome.session
    if session.state in ENDED_BY_TIME:
        assert case.outcome.wake_at_ns is not None
    if session.state is State.SETTLING and not session.the_fill.reserving:
        assert case.outcome.wake_at_ns is not None


def a_third_partys_pump_reserves_all_at_once_and_opens_nothing(case: Case) -> None:
    session = case.outcome.session
    theirs = session.rules.third_party is not None
    assert session.state not in ((State.AUTHORISED, State.DISPENSING) if theirs else SERVED_THERE)
    for action in case.outcome.actions:
        assert not (theirs and isinstance(action, OpenValve | RaiseLimit | RecordSale))
        if theirs and isinstance(action, Reserve):
            assert action.reserved_ml == action.fill.allowed.stop_ml
    if session.state is State.RESERVED and case.before.session.state is not State.RESERVED:
        assert case.before.session.state is State.DECIDING
        assert isinstance(case.event, ReservationDurable)
        assert Tell(Status.RESERVED) in case.outcome.actions


INVARIANTS: list[Callable[[Case], None]] = [
    valve_is_open_only_under_a_durable_reservation,
    every_limit_that_is_told_is_covered,
    the_valve_opens_by_a_reservation_or_a_lifted_nozzle_only,
    leaving_dispensing_shuts_before_anything_else,
    a_limit_never_goes_down,
    no_fill_vanishes,
    a_fill_is_handed_over_as_it_was_counted,
    recording_is_what_the_state_says,
    an_emergency_stop_always_ends_shut,
    releasing_the_stop_begins_nothing,
    nobody_is_served_while_the_key_is_turned,
    what_flows_by_the_key_is_no_leak,
    flow_is_accounted_for_once,
    only_a_technician_ends_a_fault_that_locks,
    a_fault_is_kept_and_written,
    once_woken_the_next_deadline_is_ahead,
    time_ends_every_state_that_waits_for_nobody,
    a_third_partys_pump_reserves_all_at_once_and_opens_nothing,
]


@each_state
@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda i: i.__name__)
def test_always(invariant: Callable[[Case], None], state: State) -> None:
    for case in cases()[state]:
        invariant(case)
