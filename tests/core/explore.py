"""Every situation a session can come into, up to what its rules can tell apart."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core import events as e
from gateway.core.given import Need, Needed, Why
from gateway.core.reasons import Fault, Reason, Status
from gateway.core.rules.closing import settled_ns
from gateway.core.rules.contacts import runs_on
from gateway.core.rules.observe import SHUTDOWN
from gateway.core.session import Session, State
from gateway.core.step import Outcome, step
from gateway.core.units import NS_PER_MS, NS_PER_S
from tests.core.bench import OTHER_UID, TECHNICIAN_UID, THEIRS, UID, allow, make_rules

STOPPING = (State.IDLE, State.PROMPTING, State.REFUSED, State.RESERVED, State.RECORDING)
SOON_NS, LATER_NS = NS_PER_MS, 3 * NS_PER_S


@dataclass(frozen=True)
class Situation:
    session: Session
    now_ns: int
    wake_at_ns: int | None


@dataclass(frozen=True)
class Case:
    """One event in one situation, and what came of it."""

    before: Situation
    event: e.Event
    now_ns: int
    outcome: Outcome


def happenings(now: Situation) -> Iterator[tuple[e.Event, int]]:
    """Representative events of every type, each with the time it comes at."""
    for event in (*plain_events(), *store_answers(now.session)):
        yield event, now.now_ns + SOON_NS
    for event in readings(now.session):
        yield event, now.now_ns + SOON_NS
        yield event, now.now_ns + LATER_NS
    yield e.Woken(), now.now_ns + SOON_NS
    yield e.Woken(), now.now_ns + 1000 * NS_PER_S
    if now.wake_at_ns is not None:
        yield e.Woken(), max(now.now_ns, now.wake_at_ns)


def plain_events() -> Iterator[e.Event]:
    yield e.CardPresented(UID)
    yield e.CardPresented(OTHER_UID)
    yield e.CardPresented(TECHNICIAN_UID, technician=True)
    yield e.CardUnreadable(Reason.TWO_CARDS)
    yield e.CardRemoved()
    yield e.DecisionAllowed(allow(stop_ml=1000))
    yield e.DecisionAllowed(allow(stop_ml=9))
    yield e.DecisionAllowed(allow(stop_ml=4000, uid=OTHER_UID))
    yield e.DecisionDenied(Reason.UNKNOWN_CARD, None)
    yield e.DecisionAwaited()
    yield e.GrantsChanged()
    for need in Need:
        yield e.DecisionNeeds(UID, Needed(need, Status.ODOMETER, 30))
    yield e.MeterEntered(120_500)
    yield e.OverrideArmed(UID)
    yield e.CardTaken(UID)
    yield e.CardTaken(OTHER_UID)
    yield e.OverrideArmed(OTHER_UID)
    yield e.OverrideChosen(Why("journey"))
    yield e.OverrideChosen(Why("card_forgotten"), "dh-1001-a")
    yield e.PresetChosen(5000)
    yield e.StoreFailed(Reason.STORAGE_FULL)
    yield e.SaleRecorded()
    yield e.NozzleLifted()
    yield e.NozzleHung()
    yield e.EmergencyStopped()
    yield e.EmergencyReleased()
    yield e.BypassTurned(on=True)
    yield e.BypassTurned(on=False)
    yield e.StopRequested("attendant")
    yield e.StopRequested(SHUTDOWN)
    for fault in (Fault.PUMP_SILENT, Fault.READER_SILENT, Fault.STORE_SILENT):
        yield e.DeviceFailed(fault, "")
        yield e.DeviceRecovered(fault)


def store_answers(session: Session) -> Iterator[e.Event]:
    yield e.ReservationDurable(1)
    if session.fill is not None:
        yield e.ReservationDurable(session.fill.asked_ml)


def readings(session: Session) -> Iterator[e.Event]:
    made, count = session.valve_open, session.pulses_total
    for pulses in {0, 1, max(1, session.limit_pulses - count), 500}:
        yield e.Metered(count + pulses, made, made)
    yield e.Metered(count, not made, made)
    yield e.Metered(count, made, not made)


def kind(now: Situation) -> tuple[object, ...]:
    """What the rules of its state can tell apart; situations of one kind are explored once."""
    session, fill = now.session, now.session.fill
    state, fault = session.state, session.fault
    shut = not session.valve_open
    return (
        state,
        session.rules.third_party,
        session.valve_open,
        state in (State.IDLE, State.DECIDING, State.AUTHORISED) and session.nozzle_lifted,
        state in STOPPING and session.stopping,
        session.stop_pressed,
        session.bypass_on,
        state in (State.IDLE, State.BYPASSED) and session.bypassed_ml > 0,
        state is State.IDLE and session.bypass_left_ml > 0,
        "locks" if fault is not None and fault.locks else fault,
        session.reader_silent,
        session.waiting_uid is not None,
        state is State.DECIDING and (session.told_asking, session.awaiting),
        session.override_by is not None,
        state is State.PROMPTING and session.the_need.need,
        session.stray_ml >= session.rules.unauthorised_ml,
        session.retry_ns is not None,
        shut and bool(session.enable_made or session.limiter_made),
        fill is not None and (fill.opened, fill.recording, fill.reserving, fill.reserved_ml > 0),
        session.delivered_ml > 0,
        fill is not None and fill.cut_pulses is not None,
        shut and session.metering_fill and (now.now_ns >= settled_ns(session), runs_on(session)),
    )


def explore() -> Iterator[Case]:
    """Each kind of situation once, met by every happening: at our pump, and at a third party's."""
    starts = [
        Situation(Session(make_rules(third_party=whose), since_ns=NS_PER_S), NS_PER_S, None)
        for whose in (None, THEIRS)
    ]
    known = {kind(start) for start in starts}
    to_do = deque(starts)
    while to_do:
        now = to_do.popleft()
        for event, at_ns in happenings(now):
            outcome = step(now.session, event, at_ns)
            yield Case(now, event, at_ns, outcome)
            after = Situation(outcome.session, at_ns, outcome.wake_at_ns)
            if (key := kind(after)) not in known:
                known.add(key)
                to_do.append(after)
