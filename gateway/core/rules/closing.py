"""How a fill ends: shut, settle, record; and where a pump rests afterwards."""

from msgspec.structs import replace

from gateway.core.actions import (
    Action,
    Decide,
    KeepLags,
    RecordFault,
    RecordSale,
    Release,
    ShutValve,
    Tell,
)
from gateway.core.given import Given
from gateway.core.reasons import Fault, Reason, Status
from gateway.core.rules import bypass
from gateway.core.rules.result import Result
from gateway.core.session import Session, State

LEARNED_FROM = ("limit", "dose")
"""`Stopped.why` where the valve was told to shut in steady flow."""


def enter(session: Session, state: State, now_ns: int) -> Session:
    return replace(session, state=state, since_ns=now_ns)


def ask(session: Session, uid: str, now_ns: int, subject: str | None = None) -> Result:
    """An override is for one card, or for the `subject` that its supervisor named: it is used up
    by whichever comes next. A chosen amount waits for the next one that may fill."""
    override_by = session.override_by if now_ns < session.override_until_ns else None
    why = session.override_why if override_by is not None else None
    session = replace(
        session,
        asked_uid=uid,
        asked_override=override_by,
        override_by=None,
        override_why=None,
        asked_preset_ml=session.preset_ml,
        given=Given(subject=subject, why=why),
        awaiting=False,
        told_asking=False,
    )
    return enter(session, State.DECIDING, now_ns), [decide_again(session)]


def decide_again(session: Session, *, last: bool = False) -> Action:
    """Ask about the same card, with all that has been added to it."""
    if session.asked_uid is None:
        raise RuntimeError(f"pump {session.rules.pump}: nobody is waiting for a decision")
    return Decide(
        session.asked_uid,
        session.asked_override,
        last=last,
        preset_ml=session.asked_preset_ml,
        given=session.given,
    )


def shut(session: Session, now_ns: int, ended_by: str, *, unhurried: bool = False) -> Result:
    """Break both contacts, at an unhurried end one after the other; the first reason a fill ended
    by is kept."""
    if session.fill is not None and session.fill.ended_by is None:
        session = replace(session, fill=replace(session.fill, ended_by=ended_by))
    if not session.valve_open:
        return _hurry(session, now_ns)
    session = replace(session, valve_open=False, valve_since_ns=now_ns, in_turn=unhurried)
    if not unhurried:
        return session, [ShutValve()]
    first = session.breaks_first
    return replace(session, breaks_first=first.other), [ShutValve(first)]


def _hurry(session: Session, now_ns: int) -> Result:
    """The second contact no longer waits for the first."""
    if not session.in_turn or now_ns - session.valve_since_ns >= session.rules.turn_ns:
        return session, []
    return replace(session, in_turn=False), [ShutValve()]


def close_fill(session: Session, now_ns: int, ended_by: str, *, unhurried: bool = False) -> Result:
    """End the fill in an orderly way: shut, then settle."""
    session, actions = shut(session, now_ns, ended_by, unhurried=unhurried)
    session, more = progress(enter(session, State.SETTLING, now_ns), now_ns)
    return session, actions + more


def settled_ns(session: Session) -> int:
    """When the fill will have settled if nothing more flows, or is told of."""
    if session.limiter_silent_ns is not None:
        return session.limiter_silent_ns + session.rules.silent_ns
    if session.fill is not None and session.fill.cut_pulses is not None:
        return session.bypass_ns
    return max(session.last_pulse_ns, session.valve_since_ns) + session.rules.settle_ns


def progress(session: Session, now_ns: int) -> Result:
    """Carry a shut fill towards the ledger, in whatever state the pump is."""
    session = bypass.cut(session, now_ns)
    fill = session.fill
    if fill is None or session.valve_open or fill.reserving:
        return session, []
    if fill.recording:
        if session.retry_ns is None or now_ns < session.retry_ns:
            return session, []
        return replace(session, retry_ns=None), [_record(session)]
    if fill.opened and now_ns < settled_ns(session):
        return session, []
    session, learned = learn(session)
    session, actions = hand_over(session, now_ns)
    return session, [*learned, *actions]


def learn(session: Session) -> Result:
    """From a fill that the driver itself ended, how long this valve takes at that flow."""
    stopped, dosing = session.stopped, session.rules.dosing
    if session.the_fill.cut_pulses is not None:
        return session, []  # who knows what its own valve let through
    if stopped is None or stopped.why not in LEARNED_FROM or not stopped.rate_mhz:
        return session, []
    if stopped.at_millipulses <= session.the_fill.start_pulses * 1000:
        return session, []  # of an earlier fill
    lags = session.lags.learned(
        dosing.top_mhz,
        dosing.most_lag_us,
        at_millipulses=stopped.at_millipulses,
        rate_mhz=stopped.rate_mhz,
        end_pulses=session.pulses_total,
    )
    return replace(session, lags=lags), [KeepLags(lags)]


def hand_over(session: Session, now_ns: int) -> Result:
    """Give the fill to the ledger with what has been counted until now."""
    fill, last = session.the_fill, session.the_fill.cut_pulses
    fill = replace(fill, end_pulses=session.pulses_total if last is None else last)
    session = replace(session, fill=fill, retry_ns=None)
    if session.state is State.SETTLING:
        session = enter(session, State.RECORDING, now_ns)
    return session, [_record(session)]


def _record(session: Session) -> Action:
    fill = session.the_fill
    if session.delivered_ml == 0:
        return Release(fill)
    return RecordSale(fill, session.delivered_ml, fill.ended_by or "unknown")


def fail(session: Session, now_ns: int, fault: Fault, detail: str) -> Result:
    """Shut, and stay shut until the fault is cleared.

    The first fault is kept, but one that locks takes the place of one that does not.
    """
    session = replace(session, waiting_uid=None, override_by=None)
    session, actions = shut(session, now_ns, fault.value)
    told: list[Action] = []
    if session.fault is not fault:
        told.append(RecordFault(fault, detail))
    if session.fault is None or (fault.locks and not session.fault.locks):
        session = replace(session, fault=fault)
    if session.state not in (State.EMERGENCY_STOP, State.BYPASSED):
        session = enter(session, State.FAULTED, now_ns)
        told.append(Tell(Reason.PUMP_FAULT))
    session, more = progress(session, now_ns)
    return session, [*actions, *told, *more]


def rest(session: Session, now_ns: int) -> Result:
    """Where the pump goes when nothing else keeps it. Trouble forgets the next in line."""
    if session.stop_pressed:
        session = replace(session, waiting_uid=None)
        return enter(session, State.EMERGENCY_STOP, now_ns), [Tell(Reason.EMERGENCY_STOP)]
    if session.bypass_on:
        session = replace(session, waiting_uid=None)
        return enter(session, State.BYPASSED, now_ns), [Tell(Reason.BYPASS_ON)]
    if session.fault is not None or session.reader_silent:
        session = replace(session, waiting_uid=None)
        return enter(session, State.FAULTED, now_ns), [Tell(Reason.PUMP_FAULT)]
    if session.fill is not None:
        state = State.RECORDING if session.fill.recording else State.SETTLING
        return progress(enter(session, state, now_ns), now_ns)
    uid = session.waiting_uid
    if uid is not None and not session.stopping:
        return ask(replace(session, waiting_uid=None), uid, now_ns)
    if now_ns >= session.override_until_ns:
        session = replace(session, override_by=None)
    resting = Status.READY if session.override_by is None else Status.OVERRIDE
    return enter(session, State.IDLE, now_ns), [Tell(resting)]
