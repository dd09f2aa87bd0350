"""Faulted, bypassed and emergency stop: the valve is shut; a fill that was open still gets
recorded."""

from msgspec.structs import replace

from gateway.core.actions import (
    Action,
    ClearFound,
    RecordCleared,
    RecordFault,
    RecordRefusal,
    Tell,
)
from gateway.core.events import (
    BypassTurned,
    CardPresented,
    CardUnreadable,
    DeviceFailed,
    DeviceRecovered,
    EmergencyStopped,
    Event,
    Metered,
    StoreFailed,
)
from gateway.core.reasons import Fault, Reason
from gateway.core.rules import bypass
from gateway.core.rules.closing import enter, fail, hand_over, progress, rest, shut
from gateway.core.rules.contacts import next_window, runs_on, seen_wrong, wrong
from gateway.core.rules.result import Handler, Result
from gateway.core.rules.waiting import stray
from gateway.core.session import Session, State

ITSELF = "itself"
"""Who cleared a fault that ended with its cause."""


def checked(otherwise: Handler) -> Handler:
    """Look at contacts and flow first; only when all is well go on with `otherwise`."""

    def handle(session: Session, event: Metered, now_ns: int) -> Result:
        found = wrong(session, now_ns)
        if found is not None:
            session, actions = fail(session, now_ns, *found)
            session, more = give_up_settling(session, now_ns)
            return session, actions + more
        session, actions = otherwise(next_window(session, now_ns), event, now_ns)
        session, more = stray(session)
        return session, actions + more

    return handle


def give_up_settling(session: Session, now_ns: int) -> Result:
    """A valve that does not shut never settles: record what was counted, the rest is stray."""
    fill = session.fill
    if fill is None or not session.metering_fill or session.valve_open or fill.reserving:
        return session, []
    return hand_over(session, now_ns) if runs_on(session) else (session, [])


def metered_in_fault(session: Session, _event: Metered, now_ns: int) -> Result:
    """Go on counting and closing; look for what locks until that is known too."""
    actions: list[Action] = []
    if session.fault is None or not session.fault.locks:
        found = wrong(session, now_ns)
        if found is not None:
            session, actions = fail(session, now_ns, *found)
    session, gave_up = give_up_settling(session, now_ns)
    session, closed = progress(session, now_ns)
    session, strayed = stray(session)
    return session, [*actions, *gave_up, *closed, *strayed]


def device_failed(session: Session, event: DeviceFailed, now_ns: int) -> Result:
    return fail(session, now_ns, event.fault, event.detail)


def device_failed_while_closing(session: Session, event: DeviceFailed, now_ns: int) -> Result:
    """Closing needs no reader; the pump stops for it when the fill is done."""
    if event.fault is Fault.READER_SILENT:
        return session, [RecordFault(event.fault, event.detail)]
    return fail(session, now_ns, event.fault, event.detail)


def device_recovered(session: Session, event: DeviceRecovered, now_ns: int) -> Result:
    """A fault that locks stays, and so does its entry, until a technician's card."""
    if event.fault.locks:
        return session, []
    if session.fault is event.fault:
        session = replace(session, fault=None)
    session, actions = rest(session, now_ns)
    return session, [RecordCleared(event.fault, ITSELF), *actions]


def recovered_while_closing(session: Session, event: DeviceRecovered, _now_ns: int) -> Result:
    """Only the reader can have been silent while a fill was closing."""
    if event.fault is not Fault.READER_SILENT:
        return session, []
    return session, [RecordCleared(event.fault, ITSELF)]


def emergency(session: Session, _event: EmergencyStopped, now_ns: int) -> Result:
    """The wire has cut the power already; shut our contacts too, so nothing resumes."""
    session, actions = shut(session, now_ns, Reason.EMERGENCY_STOP.value)
    session = replace(session, waiting_uid=None, override_by=None)
    session = enter(session, State.EMERGENCY_STOP, now_ns)
    session, more = progress(session, now_ns)
    return session, [*actions, Tell(Reason.EMERGENCY_STOP), *more]


def key_turned(session: Session, event: BypassTurned, now_ns: int) -> Result:
    """On: a fill that is open is closed first, and nobody is served. Off: go on as it stands."""
    session, told = bypass.turned(session, now_ns, on=event.on)
    if not told or session.stop_pressed:
        return session, [*told]
    if not event.on:
        session, actions = rest(session, now_ns)
        return session, [*told, *actions]
    session, actions = shut(session, now_ns, Reason.BYPASS_ON.value)
    session = replace(session, waiting_uid=None, override_by=None)
    session = enter(session, State.BYPASSED, now_ns)
    session, more = progress(session, now_ns)
    return session, [*actions, *told, Tell(Reason.BYPASS_ON), *more]


def released(session: Session, _event: Event, now_ns: int) -> Result:
    return rest(session, now_ns)


def card_in_trouble(session: Session, event: CardPresented, now_ns: int) -> Result:
    """A technician's card clears a fault that locks; any other card is refused."""
    code = Reason.BYPASS_ON if session.bypass_on else Reason.PUMP_FAULT
    if session.stop_pressed:
        code = Reason.EMERGENCY_STOP
    fault = session.fault
    busy = session.fill is not None or session.stop_pressed
    clears = event.technician and not busy and seen_wrong(session, now_ns) is None
    if fault is None or not fault.locks or not clears:
        return session, [RecordRefusal(code, event.uid), Tell(code)]
    session, actions = rest(replace(session, fault=None, found=None), now_ns)
    return session, [RecordCleared(fault, event.uid), ClearFound(), *actions]


def unreadable_in_trouble(session: Session, event: CardUnreadable, _now_ns: int) -> Result:
    return session, [RecordRefusal(event.code, None)]


def recorded_in_trouble(session: Session, _event: Event, now_ns: int) -> Result:
    if session.fill is None or not session.fill.recording:
        return session, []
    session, strayed = stray(replace(session, fill=None))
    session, actions = store_answers(session, now_ns)
    return session, [*strayed, *actions]


def answered_in_trouble(session: Session, _event: Event, now_ns: int) -> Result:
    """The answer comes too late for the driver, but it comes."""
    return store_answers(session, now_ns) if session.fill is None else (session, [])


def store_answers(session: Session, now_ns: int) -> Result:
    if session.fault is not Fault.STORE_SILENT:
        return session, []
    session, actions = rest(replace(session, fault=None), now_ns)
    return session, [RecordCleared(Fault.STORE_SILENT, ITSELF), *actions]


def store_failed_in_trouble(session: Session, event: StoreFailed, now_ns: int) -> Result:
    """A reservation that failed leaves nothing to release; a sale is tried again."""
    if session.fill is None:
        return session, []
    if session.fill.recording:
        retry_ns = now_ns + session.rules.retry_ns
        return replace(session, retry_ns=retry_ns), [Tell(event.code)]
    return progress(session, now_ns)
