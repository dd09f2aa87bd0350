"""When a session next needs to be asked, if nothing happens before."""

from collections.abc import Iterator

from gateway.core.rules.bypass import cut_ns, due_ns
from gateway.core.rules.closing import settled_ns
from gateway.core.rules.filling import flow_deadline_ns
from gateway.core.rules.waiting import ASKING_NS
from gateway.core.session import Session, State


def wake_at(session: Session, now_ns: int) -> int | None:
    """The earliest deadline, monotonic; None if the session waits for events only.

    A deadline that another event overtook stays, now in the past, until Woken has answered it.
    """
    resting = session.state is State.IDLE and not session.bypassed_ml
    if resting and session.override_by is None:
        return None  # as most are, most of the time
    return min(_deadlines(session, now_ns), default=None)


def _deadlines(session: Session, now_ns: int) -> Iterator[int]:
    written_ns = due_ns(session)
    if written_ns is not None:
        yield written_ns
    rules, since_ns = session.rules, session.since_ns
    match session.state:
        case State.IDLE:
            if session.override_by is not None:
                yield session.override_until_ns
        case State.DECIDING:
            if session.awaiting or not session.told_asking:
                yield since_ns + ASKING_NS
            yield since_ns + rules.store_ns
        case State.PROMPTING:
            yield since_ns + session.the_need.wait_ns
        case State.AUTHORISED:
            yield since_ns + rules.start_ns
        case State.REFUSED:
            yield since_ns + rules.refused_ns
        case State.RESERVED:
            yield since_ns + rules.reserved_ns
        case State.DISPENSING:
            yield since_ns + rules.fill_ns
            yield flow_deadline_ns(session)
            yield now_ns + _next_threshold_ns(session)
            made_ns = session.valve_since_ns + rules.contact_ns + rules.turn_ns
            if now_ns < made_ns:
                yield made_ns
        case _:
            yield from _closing_deadlines(session)


def _closing_deadlines(session: Session) -> Iterator[int]:
    at_ns = cut_ns(session)
    if at_ns is not None:
        yield at_ns
    fill = session.fill
    if fill is None or fill.reserving:
        return
    if not fill.recording:
        yield settled_ns(session)
    elif session.retry_ns is not None:
        yield session.retry_ns


def _next_threshold_ns(session: Session) -> int:
    """The meter must be read no later than the limit, or the next top-up, can be reached."""
    fill, dosing = session.the_fill, session.rules.dosing
    to_go = session.limit_pulses - session.pulses_total
    covered_ml = dosing.covered_ml(fill.reserved_ml, fill.allowed.stop_ml)
    to_top_up_ml = covered_ml - dosing.chunk_ml // 2 - session.delivered_ml
    if covered_ml < fill.allowed.stop_ml and not fill.reserving and to_top_up_ml > 0:
        start = session.pulses_total
        to_go = min(to_go, dosing.calibration.last_pulse_within(start, to_top_up_ml) + 1 - start)
    return dosing.least_ns(max(to_go, 1))
