"""Prompting: the card is known, and the pump waits for a reading or for another card."""

from msgspec.structs import replace

from gateway.core.actions import Tell
from gateway.core.events import CardPresented, DecisionNeeds, Event, MeterEntered
from gateway.core.given import Need
from gateway.core.reasons import Reason
from gateway.core.rules.closing import ask, decide_again, enter, rest
from gateway.core.rules.result import Result
from gateway.core.rules.waiting import refuse
from gateway.core.session import Session, State


def needed(session: Session, event: DecisionNeeds, now_ns: int) -> Result:
    if session.fill is not None or event.uid != session.asked_uid:
        return session, []  # a late answer about an earlier tap
    session = replace(session, need=event.needed, awaiting=False)
    return enter(session, State.PROMPTING, now_ns), [Tell(event.needed.status)]


def card(session: Session, event: CardPresented, now_ns: int) -> Result:
    """The other card of the two; while a reading is waited for, the next vehicle's."""
    if session.stopping or event.uid == session.asked_uid:
        return session, []
    match session.the_need.need:
        case Need.READING:
            return ask(session, event.uid, now_ns)
        case Need.DRIVER_CARD:
            given = replace(session.given, driver=event.uid)
            return _decide(replace(session, given=given), now_ns)
        case Need.VEHICLE_CARD:
            given = replace(session.given, driver=session.asked_uid)
            return _decide(replace(session, given=given, asked_uid=event.uid), now_ns)


def entered(session: Session, event: MeterEntered, now_ns: int) -> Result:
    """Somebody typed a reading; whether it is believed is for the decision."""
    if session.the_need.need is not Need.READING:
        return session, []
    tries = session.given.tries + 1
    given = replace(session.given, reading=event.reading, tries=tries, by=event.by)
    return _decide(replace(session, given=given), now_ns)


def out_of_time(session: Session, _event: Event, now_ns: int) -> Result:
    """Without a reading the rules decide; without the driver's card nothing is sold."""
    needed = session.the_need
    if now_ns - session.since_ns < needed.wait_ns:
        return session, []
    match needed.need:
        case Need.READING:
            return _decide(replace(session, given=replace(session.given, unread=True)), now_ns)
        case Need.DRIVER_CARD:
            return refuse(session, now_ns, Reason.DRIVER_CARD_MISSING, needed.subject)
        case Need.VEHICLE_CARD:
            return rest(session, now_ns)


def stop(session: Session, _event: Event, now_ns: int) -> Result:
    return rest(session, now_ns)


def _decide(session: Session, now_ns: int) -> Result:
    session = replace(session, awaiting=False, told_asking=False)
    return enter(session, State.DECIDING, now_ns), [decide_again(session)]
