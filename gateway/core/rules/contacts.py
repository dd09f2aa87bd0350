"""Is the hardware doing what it was told? Checked at every reading, in every state."""

from msgspec.structs import replace

from gateway.core.reasons import Fault
from gateway.core.session import Session
from gateway.core.units import NS_PER_MS, NS_PER_S
from gateway.core.valve import Contact

FLOW_MARGIN = 4
"""A flow a quarter above the pump's maximum cannot be; it is chatter."""
FLOW_SLACK_PULSES = 4
NOT_SLOW = "not_slow"
"""`Stopped.why` of a limiter that saw the slow stage fail."""
_NOT_MADE = {
    Contact.ENABLE: (
        Fault.CONTACT_NOT_MADE,
        "enable relay told to make; its read-back shows it open",
    ),
    Contact.LIMITER: (
        Fault.LIMITER_NOT_MADE,
        "limiter told to make; its read-back shows its contact open",
    ),
}


def wrong(session: Session, now_ns: int) -> tuple[Fault, str] | None:
    """The fault that the latest reading shows, with its detail; None when all is well."""
    if session.found is not None:
        return session.found.fault, session.found.detail
    return seen_wrong(session, now_ns)


def seen_wrong(session: Session, now_ns: int) -> tuple[Fault, str] | None:
    """The same by contacts and meter alone, whatever the driver still holds against it."""
    if session.valve_open:
        return _while_open(session, now_ns)
    return _while_shut(session, now_ns)


def _while_open(session: Session, now_ns: int) -> tuple[Fault, str] | None:
    if _too_fast(session, now_ns):
        pulses = session.pulses_total - session.window_pulses
        elapsed_ms = (now_ns - session.window_ns) // NS_PER_MS
        most = session.rules.dosing.max_flow_ml_per_min
        return Fault.PULSER_CHATTER, (
            f"{pulses} pulses in {elapsed_ms} ms; the pump's maximum is {most} ml/min. "
            "Check the pulser's cable and screen."
        )
    if session.stopped is not None and session.stopped.why == NOT_SLOW:
        return Fault.VALVE_NOT_SLOW, "the valve was told to slow down; flow stayed fast"
    rules = session.rules
    if now_ns - session.valve_since_ns < rules.contact_ns + rules.turn_ns:
        return None
    if session.stopped is not None or session.pulses_total >= session.limit_pulses:
        return None  # the driver broke both contacts by itself
    made = {Contact.ENABLE: session.enable_made, Contact.LIMITER: session.limiter_made is not False}
    # The second is not even told to make while the first has not: the first is the one at fault.
    for contact in (session.makes_first.other, session.makes_first):
        if not made[contact]:
            return _NOT_MADE[contact]
    return None


def _while_shut(session: Session, now_ns: int) -> tuple[Fault, str] | None:
    rules = session.rules
    shut_ns = now_ns - session.valve_since_ns - (rules.turn_ns if session.in_turn else 0)
    if shut_ns >= rules.contact_ns and session.enable_made:
        return Fault.CONTACT_WELDED, "enable relay told to break; its read-back shows it made"
    hold_ns = rules.dosing.timer_hold_ms * NS_PER_MS
    if shut_ns >= rules.contact_ns + hold_ns and session.limiter_made:
        return Fault.LIMITER_WELDED, "limiter told to break; its read-back shows its contact made"
    if session.metering_fill and runs_on(session):
        return Fault.VALVE_NOT_SHUT, (
            f"fuel still flowing {rules.run_on_ns // NS_PER_S} s after the valve was told to shut"
        )
    return None


def next_window(session: Session, now_ns: int) -> Session:
    """Begin a new second of metering once the last one has been looked at whole."""
    if now_ns - session.window_ns < NS_PER_S:
        return session
    return replace(session, window_ns=now_ns, window_pulses=session.pulses_total)


def runs_on(session: Session) -> bool:
    return session.last_pulse_ns - session.valve_since_ns >= session.rules.run_on_ns


def _too_fast(session: Session, now_ns: int) -> bool:
    dosing = session.rules.dosing
    pulses = session.pulses_total - session.window_pulses - FLOW_SLACK_PULSES
    if pulses <= 0:
        return False
    elapsed_ns = now_ns - session.window_ns + session.rules.told_late_ns
    return dosing.least_ns(pulses) > elapsed_ns + elapsed_ns // FLOW_MARGIN
