"""Idle, deciding and refused: no fuel is flowing for anyone."""

from msgspec.structs import replace

from gateway.core.actions import (
    Action,
    OpenValve,
    RecordRefusal,
    RecordUnauthorised,
    Reserve,
    Tell,
)
from gateway.core.events import (
    CardPresented,
    CardUnreadable,
    DecisionAllowed,
    DecisionDenied,
    Event,
    ReservationDurable,
    StoreFailed,
)
from gateway.core.reasons import Fault, Reason, Status
from gateway.core.rules.closing import ask, close_fill, enter, fail, rest
from gateway.core.rules.result import Result
from gateway.core.session import Fill, Rules, Session, State
from gateway.core.units import NS_PER_MS

ASKING_NS = 800 * NS_PER_MS
"""A driver who waits longer is told so."""


def begin(session: Session, event: CardPresented, now_ns: int) -> Result:
    """A card at a free pump: ask."""
    if session.stopping:
        return session, []
    return ask(session, event.uid, now_ns)


def unreadable(session: Session, event: CardUnreadable, now_ns: int) -> Result:
    session = enter(session, State.REFUSED, now_ns)
    return session, [RecordRefusal(event.code, None), Tell(event.code)]


def allowed(session: Session, event: DecisionAllowed, now_ns: int) -> Result:
    """Reserve before anything moves (invariant D), if one pulse fits before the stop."""
    if session.fill is not None or event.allowed.card.uid != session.asked_uid:
        return session, []  # a late answer about an earlier tap
    dosing = session.rules.dosing
    if event.allowed.stop_ml < dosing.calibration.pulse_ml:
        return refuse(session, now_ns, event.allowed.bound_by, event.allowed.holder)
    asked_ml = _first_ml(session.rules, event.allowed.stop_ml)
    fill = Fill(event.allowed, session.pulses_total, now_ns, asked_ml=asked_ml)
    return replace(session, fill=fill, awaiting=False), [Reserve(fill, asked_ml, 0)]


def _first_ml(rules: Rules, stop_ml: int) -> int:
    """At a third party's pump all of it at once: nobody asks again, and nothing runs on there."""
    return stop_ml if rules.third_party is not None else rules.dosing.first_reservation_ml(stop_ml)


def denied(session: Session, event: DecisionDenied, now_ns: int) -> Result:
    if session.fill is not None:
        return session, []  # a late answer about an earlier tap
    return refuse(session, now_ns, event.code, event.subject)


def refuse(session: Session, now_ns: int, code: Reason, subject: str | None) -> Result:
    refusal = RecordRefusal(code, session.asked_uid, subject)
    return enter(session, State.REFUSED, now_ns), [refusal, Tell(code)]


def durable(session: Session, _event: ReservationDurable, now_ns: int) -> Result:
    """The one door that leads to an open valve, or to a third party's attendant."""
    if session.fill is None or session.fill.reserving:
        return session, []
    session = _chosen_used_up(session)
    if session.rules.third_party is not None:
        session = enter(replace(session, fill=None), State.RESERVED, now_ns)
        return session, [Tell(Status.RESERVED)]
    session = enter(session, State.AUTHORISED, now_ns)
    told: list[Action] = [Tell(Status.AUTHORISED)]
    if not session.nozzle_lifted or session.must_hang:
        return session, told
    session, actions = open_valve(session, now_ns)
    return session, told + actions


def _chosen_used_up(session: Session) -> Session:
    """By a vehicle's fill; what was chosen since it was asked about is the next one's."""
    if session.the_fill.allowed.holder is None or session.preset_ml != session.asked_preset_ml:
        return session
    return replace(session, preset_ml=None)


def open_valve(session: Session, now_ns: int) -> Result:
    fill = replace(session.the_fill, opened=True, start_pulses=session.pulses_total)
    first = session.makes_first
    session = replace(
        session,
        fill=fill,
        valve_open=True,
        valve_since_ns=now_ns,
        makes_first=first.other,
        in_turn=False,
        stopped=None,
    )
    session = replace(
        enter(session, State.DISPENSING, now_ns),
        must_hang=True,
        window_ns=now_ns,
        window_pulses=session.pulses_total,
    )
    return session, [OpenValve(session.stop_at, first)]


def not_reserved(session: Session, event: StoreFailed, now_ns: int) -> Result:
    subject = session.fill.allowed.holder if session.fill else None
    return refuse(replace(session, fill=None), now_ns, event.code, subject)


def still_deciding(session: Session, _event: Event, now_ns: int) -> Result:
    waited_ns = now_ns - session.since_ns
    if waited_ns >= session.rules.store_ns:
        return fail(session, now_ns, Fault.STORE_SILENT, "no answer to a reservation")
    if waited_ns < ASKING_NS or session.told_asking:
        return session, []
    return replace(session, told_asking=True), [Tell(Status.ASKING)]


def stop_deciding(session: Session, _event: Event, now_ns: int) -> Result:
    if session.fill is None:
        return rest(session, now_ns)
    return close_fill(session, now_ns, "stopped")


def shown(session: Session, _event: Event, now_ns: int) -> Result:
    """A refusal, or what a third party's attendant may serve."""
    rules = session.rules
    long_ns = rules.reserved_ns if session.state is State.RESERVED else rules.refused_ns
    return (session, []) if now_ns - session.since_ns < long_ns else rest(session, now_ns)


def stray(session: Session) -> Result:
    """Write unauthorised flow down once it is enough for an entry; going down, all of it."""
    least_ml = 1 if session.stopping else session.rules.unauthorised_ml
    if session.stray_ml < least_ml:
        return session, []
    entry = RecordUnauthorised(session.stray_ml)
    return replace(session, stray_ml=0), [entry]


def stop_idle(session: Session, _event: Event, _now_ns: int) -> Result:
    """Going down: what is not yet an entry becomes one."""
    return stray(session)


def no_answer(session: Session, _event: Event, _now_ns: int) -> Result:
    """The reading has been noted and checked; no more follows from it here."""
    return session, []
