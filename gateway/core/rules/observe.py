"""Facts that an event states in any state: meter, contacts, nozzle, stop, what is durable."""

from msgspec.structs import replace

from gateway.core.events import (
    DeviceFailed,
    DeviceRecovered,
    EmergencyReleased,
    EmergencyStopped,
    Event,
    Metered,
    NozzleHung,
    NozzleLifted,
    PresetChosen,
    ReservationDurable,
    StopRequested,
    StoreFailed,
)
from gateway.core.reasons import Fault
from gateway.core.rules import bypass
from gateway.core.session import Fill, Session

SHUTDOWN = "shutdown"
"""`StopRequested.by` when the gateway itself is going down."""


def observe(session: Session, event: Event, now_ns: int) -> Session:
    """Note what the event says; which rule answers it is the table's business."""
    match event:
        case Metered():
            return _metered(session, event, now_ns)
        case NozzleLifted():
            return replace(session, nozzle_lifted=True)
        case NozzleHung():
            return replace(session, nozzle_lifted=False, must_hang=False)
        case EmergencyStopped():
            return replace(session, stop_pressed=True, must_hang=session.nozzle_lifted)
        case PresetChosen(preset_ml):
            return replace(session, preset_ml=preset_ml)
        case EmergencyReleased():
            return replace(session, stop_pressed=False)
        case DeviceFailed(fault=Fault.READER_SILENT):
            return replace(session, reader_silent=True)
        case DeviceFailed(fault=Fault.LIMITER_SILENT):
            return replace(session, limiter_silent_ns=now_ns)
        case DeviceRecovered(fault=Fault.READER_SILENT):
            return replace(session, reader_silent=False)
        case ReservationDurable() if _covers(event, session.fill):
            reserved_ml = event.reserved_ml
            fill = replace(session.the_fill, reserved_ml=reserved_ml, asked_ml=reserved_ml)
            return replace(session, fill=fill)
        case StoreFailed() if session.fill is not None:
            return replace(session, fill=replace(session.fill, asked_ml=session.fill.reserved_ml))
        case StopRequested(by=by) if by == SHUTDOWN:
            return replace(session, stopping=True)
        case _:
            return session


def _covers(event: ReservationDurable, fill: Fill | None) -> bool:
    """It answers the last Reserve: not a doubled answer to an earlier one, and no less."""
    return fill is not None and event.reserved_ml >= fill.asked_ml


def _metered(session: Session, event: Metered, now_ns: int) -> Session:
    if event.pulses_total < session.pulses_total:
        raise ValueError(
            f"pump {session.rules.pump}: the count fell from {session.pulses_total} to "
            f"{event.pulses_total}; a driver's count never decreases"
        )
    flowed = event.pulses_total > session.pulses_total
    # What a limiter counted while it could not tell is no flow of now.
    came_ns = now_ns if session.limiter_silent_ns is None else session.limiter_silent_ns
    stray_ml = session.stray_ml
    if flowed and not session.metering_fill:
        volume_ml = session.rules.dosing.calibration.volume_ml
        flowed_ml = volume_ml(event.pulses_total) - volume_ml(session.pulses_total)
        by_key_ml = bypass.share_ml(session, flowed_ml)
        session = bypass.taken(session, by_key_ml, now_ns)
        stray_ml += flowed_ml - by_key_ml
    session = bypass.run_out(session, now_ns)
    return replace(
        session,
        pulses_total=event.pulses_total,
        last_pulse_ns=came_ns if flowed else session.last_pulse_ns,
        limiter_silent_ns=None,
        enable_made=event.enable_made,
        limiter_made=event.limiter_made,
        stopped=event.stopped,
        found=event.found,
        stray_ml=stray_ml,
    )
