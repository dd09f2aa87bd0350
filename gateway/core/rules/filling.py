"""Authorised to recording: a fill exists, and perhaps fuel flows."""

from msgspec.structs import replace

from gateway.core.actions import RaiseLimit, RecordRefusal, Reserve, Tell
from gateway.core.events import (
    CardPresented,
    Event,
    Metered,
    ReservationDurable,
    StopRequested,
    StoreFailed,
)
from gateway.core.reasons import Reason, Status
from gateway.core.rules.closing import LEARNED_FROM, close_fill, progress, rest
from gateway.core.rules.result import Result
from gateway.core.rules.waiting import open_valve, stray
from gateway.core.session import Session

SENSED_FIRST = {"nozzle": "nozzle_hung", "stop": Reason.EMERGENCY_STOP.value}
"""What a co-processor may see a moment before the Pi does, by the name the fill ends with."""


def lifted(session: Session, _event: Event, now_ns: int) -> Result:
    return (session, []) if session.must_hang else open_valve(session, now_ns)


def card_during_fill(session: Session, event: CardPresented, now_ns: int) -> Result:
    """The same card stops its own fill; any other is refused and changes nothing."""
    if event.uid == session.the_fill.allowed.card.uid:
        return close_fill(session, now_ns, "card", unhurried=True)
    return session, [RecordRefusal(Reason.CARD_IN_USE, event.uid), Tell(Reason.CARD_IN_USE)]


def card_while_closing(session: Session, event: CardPresented, _now_ns: int) -> Result:
    """The next in line need not tap twice, unless the store will not take the last sale."""
    if session.fill is not None and event.uid == session.fill.allowed.card.uid:
        return session, []
    if session.store_code is not None:
        code = session.store_code
        return session, [RecordRefusal(code, event.uid), Tell(code)]
    return replace(session, waiting_uid=event.uid), [Tell(Status.ASKING)]


def hung(session: Session, _event: Event, now_ns: int) -> Result:
    return close_fill(session, now_ns, "nozzle_hung", unhurried=True)


def stop(session: Session, event: StopRequested, now_ns: int) -> Result:
    return close_fill(session, now_ns, event.by)


def not_started(session: Session, _event: Event, now_ns: int) -> Result:
    if now_ns - session.since_ns < session.rules.start_ns:
        return session, []
    return close_fill(session, now_ns, "not_started")


def metered(session: Session, _event: Metered, now_ns: int) -> Result:
    """Stop at the limit, or reserve more in time."""
    fill = session.the_fill
    dosing = session.rules.dosing
    stopped = session.stopped
    if stopped is not None and stopped.why not in LEARNED_FROM:
        ended_by = SENSED_FIRST.get(stopped.why, f"limiter_{stopped.why}")
        return close_fill(session, now_ns, ended_by)
    if stopped is not None or session.pulses_total >= session.limit_pulses:
        whole = dosing.covered_ml(fill.reserved_ml, fill.allowed.stop_ml) >= fill.allowed.stop_ml
        return close_fill(
            session, now_ns, fill.allowed.bound_by.value if whole else "reservation_late"
        )
    if fill.reserving:
        return session, []
    more_ml = dosing.next_reservation_ml(
        session.delivered_ml, fill.reserved_ml, fill.allowed.stop_ml
    )
    if more_ml is None:
        return session, []
    fill = replace(fill, asked_ml=more_ml)
    return replace(session, fill=fill), [Reserve(fill, more_ml, session.delivered_ml)]


def topped_up(session: Session, _event: ReservationDurable, _now_ns: int) -> Result:
    return session, [RaiseLimit(session.stop_at)]


def not_topped_up(session: Session, event: StoreFailed, now_ns: int) -> Result:
    session, actions = close_fill(session, now_ns, event.code.value)
    return session, [*actions, Tell(event.code)]


def timed_out(session: Session, _event: Event, now_ns: int) -> Result:
    """No first pulse, no pulse for long, or simply too long."""
    fill, rules = session.the_fill, session.rules
    if now_ns - session.since_ns >= rules.fill_ns:
        return close_fill(session, now_ns, "time_limit")
    if now_ns >= flow_deadline_ns(session):
        none_yet = session.pulses_total == fill.start_pulses
        ended_by = "not_started" if none_yet else "no_flow"
        return close_fill(session, now_ns, ended_by, unhurried=True)
    return session, []


def flow_deadline_ns(session: Session) -> int:
    """When the next pulse is overdue."""
    if session.pulses_total == session.the_fill.start_pulses:
        return session.since_ns + session.rules.start_ns
    return session.last_pulse_ns + session.rules.no_flow_ns


def carry_on(session: Session, _event: Event, now_ns: int) -> Result:
    return progress(session, now_ns)


def recorded(session: Session, _event: Event, now_ns: int) -> Result:
    session, strayed = stray(replace(session, fill=None, store_code=None))
    session, actions = rest(session, now_ns)
    return session, [*strayed, *actions]


def not_recorded(session: Session, event: StoreFailed, now_ns: int) -> Result:
    """A sale is never given up: say why, and try again."""
    retry_ns = now_ns + session.rules.retry_ns
    session = replace(session, retry_ns=retry_ns, store_code=event.code)
    return session, [Tell(event.code)]
