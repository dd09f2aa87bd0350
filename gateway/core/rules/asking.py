"""A tap that waits a moment for central, and an override that waits for its vehicle."""

from msgspec.structs import replace

from gateway.core.actions import Tell
from gateway.core.events import CardTaken, Event, OverrideArmed, OverrideChosen
from gateway.core.reasons import Reason, Status
from gateway.core.rules.closing import ask, decide_again, enter, rest
from gateway.core.rules.result import Result
from gateway.core.rules.waiting import ASKING_NS, refuse, still_deciding
from gateway.core.session import Session, State
from gateway.core.units import NS_PER_S

OVERRIDE_NS = 60 * NS_PER_S
"""So long a supervisor's card opens the station's grant for one vehicle at this pump."""


def awaited(session: Session, _event: Event, _now_ns: int) -> Result:
    """Too little is here, and central has been asked: say so, and ask again when it answers."""
    if session.fill is not None:
        return session, []  # a late answer about an earlier tap
    told = [] if session.told_asking else [Tell(Status.ASKING)]
    return replace(session, awaiting=True, told_asking=True), [*told]


def granted(session: Session, _event: Event, now_ns: int) -> Result:
    """Something came from central; perhaps it is what this tap waits for."""
    if not session.awaiting:
        return session, []
    return _ask_again(session, last=now_ns - session.since_ns >= ASKING_NS)


def waited(session: Session, event: Event, now_ns: int) -> Result:
    """Central had its time: answer with what is here."""
    if session.awaiting and ASKING_NS <= now_ns - session.since_ns < session.rules.store_ns:
        return _ask_again(session, last=True)
    return still_deciding(session, event, now_ns)


def armed(session: Session, event: OverrideArmed, now_ns: int) -> Result:
    """The next vehicle's card here may draw on the station's grant, for a while."""
    if session.fill is not None or event.uid != session.asked_uid:
        return session, []  # a late answer about an earlier tap
    if session.nozzle_lifted:
        return refuse(session, now_ns, Reason.HANG_NOZZLE, None)
    until_ns = now_ns + OVERRIDE_NS
    session = replace(session, override_by=event.uid, override_until_ns=until_ns, override_why=None)
    return rest(session, now_ns)


def chosen(session: Session, event: OverrideChosen, now_ns: int) -> Result:
    """Only while the supervisor's own card opens this pump: nobody can do it from afar."""
    by = session.override_by
    if by is None or now_ns >= session.override_until_ns or session.stopping:
        return session, []
    session = replace(session, override_why=event.why)
    if event.subject is None:
        return session, []
    return ask(session, by, now_ns, event.subject)


def taken(session: Session, event: CardTaken, now_ns: int) -> Result:
    """No fill follows from this card."""
    if session.fill is None and event.uid == session.asked_uid:
        return rest(session, now_ns)
    return session, []  # a late answer about an earlier tap


def override_over(session: Session, _event: Event, now_ns: int) -> Result:
    if session.override_by is None or now_ns < session.override_until_ns:
        return session, []
    return enter(replace(session, override_by=None), State.IDLE, now_ns), [Tell(Status.READY)]


def _ask_again(session: Session, *, last: bool) -> Result:
    return replace(session, awaiting=False), [decide_again(session, last=last)]
