"""Fuel by the keyed bypass: whose it is, and when it is written down.

While the key is turned, what flows is neither a sale nor unauthorised. What flows between its
turning off and the valve's being shut is the key's too. A fill that was open when it was turned
keeps what its own valve would have let through until it shut, and no more than it had reserved.
"""

from msgspec.structs import replace

from gateway.core.actions import RecordBypass, RecordBypassed
from gateway.core.session import Session
from gateway.core.session_rules import BYPASSED_ML, BYPASSED_NS, PAUSE_NS
from gateway.core.units import MAX_SAFE_INTEGER


def turned(session: Session, now_ns: int, *, on: bool) -> tuple[Session, list[RecordBypass]]:
    """Note that the key was turned; nothing where that is no news."""
    if on == session.bypass_on:
        return session, []
    left_ml = 0 if on else session.rules.dosing.stop_bound_ml
    if not on and session.limiter_silent_ns is not None:
        # What it let through while the counter was silent is told when that answers.
        left_ml = MAX_SAFE_INTEGER
    noted = replace(
        session,
        bypass_on=on,
        bypass_ns=now_ns,
        bypass_pulses=session.pulses_total,
        bypass_left_ml=left_ml,
        must_hang=session.must_hang or session.nozzle_lifted,
    )
    return noted, [RecordBypass(on)]


def share_ml(session: Session, flowed_ml: int) -> int:
    """How much of what has flowed, and belongs to no fill, came by the key."""
    return flowed_ml if session.bypass_on else min(flowed_ml, session.bypass_left_ml)


def taken(session: Session, volume_ml: int, now_ns: int) -> Session:
    """So much more has flowed by the key."""
    if not volume_ml:
        return session
    return replace(
        session,
        bypassed_ml=session.bypassed_ml + volume_ml,
        bypassed_ns=session.bypassed_ns if session.bypassed_ml else now_ns,
        bypass_left_ml=max(0, session.bypass_left_ml - volume_ml),
    )


def run_out(session: Session, now_ns: int) -> Session:
    """After a reading: once the valve has had its time to shut, what flows on is a leak."""
    if not session.bypass_left_ml or now_ns < session.bypass_ns + session.rules.shuts_ns:
        return session
    return replace(session, bypass_left_ml=0)


def cut_ns(session: Session) -> int | None:
    """When a fill that is still counted ends for the key's sake; None: it is not at stake."""
    by_key = session.bypass_on or session.bypass_left_ml
    if not by_key or not session.metering_fill or session.valve_open:
        return None
    if session.limiter_silent_ns is not None:
        return None
    return session.valve_since_ns + session.rules.shuts_ns


def cut(session: Session, now_ns: int) -> Session:
    """Take from a fill what it can no longer have let through itself."""
    at_ns = cut_ns(session)
    if at_ns is None or now_ns < at_ns:
        return session
    fill, ratio = session.the_fill, session.rules.dosing.calibration
    covered = ratio.last_pulse_within(fill.start_pulses, fill.reserved_ml)
    # What was counted before the key was turned is its own, even beyond what it had reserved.
    least = max(session.bypass_pulses, fill.start_pulses)
    end = min(session.pulses_total, max(covered, least))
    over_ml = ratio.volume_ml(session.pulses_total) - ratio.volume_ml(end)
    session = replace(session, fill=replace(fill, cut_pulses=end))
    return taken(session, over_ml, now_ns)


def due_ns(session: Session) -> int | None:
    """When what has flowed by the key is to be written down; None: nothing waits for that.

    While a sale is being closed it waits for that one, so that entries stay in their order.
    """
    if not session.bypassed_ml or session.fill is not None:
        return None
    if session.bypassed_ml >= BYPASSED_ML or not (session.bypass_on or session.bypass_left_ml):
        return session.bypassed_ns
    return min(session.bypassed_ns + BYPASSED_NS, session.last_pulse_ns + PAUSE_NS)


def written(session: Session, now_ns: int) -> tuple[Session, list[RecordBypassed]]:
    """Write it down when it is due; going down, all of it."""
    at_ns = due_ns(session)
    if not session.stopping and (at_ns is None or now_ns < at_ns):
        return session, []
    since_ns = session.bypassed_ns
    until_ns = max(since_ns, min(now_ns, session.last_pulse_ns))
    entry = RecordBypassed(session.bypassed_ml, since_ns, until_ns)
    return replace(session, bypassed_ml=0), [entry]
