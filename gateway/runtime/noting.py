"""What happened at a pump besides sales: as a fact for the ledger, and as a line for the log."""

import logging
from collections.abc import Callable

from gateway.core import actions as a
from gateway.core.facts import (
    BypassChanged,
    Fact,
    FlowBypassed,
    FlowUnauthorised,
    PumpCleared,
    PumpFaulted,
    SaleRefused,
)

log = logging.getLogger(__name__)

Note = (
    a.RecordRefusal
    | a.RecordFault
    | a.RecordCleared
    | a.RecordUnauthorised
    | a.RecordBypass
    | a.RecordBypassed
)


def fact_of(note: Note, pump: int, totaliser_ml: int, utc_at: Callable[[int], str]) -> Fact:
    """`totaliser_ml`: what the pump's meter stands at now; `utc_at`: text of a monotonic time."""
    match note:
        case a.RecordRefusal(code, uid, subject):
            return SaleRefused(pump=pump, code=code.value, card=uid, subject=subject)
        case a.RecordFault(fault, detail):
            return PumpFaulted(pump=pump, fault=fault.value, detail=detail[:200])
        case a.RecordCleared(fault, by):
            return PumpCleared(pump=pump, fault=fault.value, by=by)
        case a.RecordUnauthorised(volume_ml):
            return FlowUnauthorised(pump=pump, volume_ml=volume_ml, totaliser_end_ml=totaliser_ml)
        case a.RecordBypass(on):
            return BypassChanged(pump=pump, on=on)
        case a.RecordBypassed(volume_ml, since_ns, until_ns):
            return FlowBypassed(
                pump=pump,
                volume_ml=volume_ml,
                since=utc_at(since_ns),
                until=utc_at(until_ns),
                unattended=False,
                totaliser_end_ml=totaliser_ml,
            )


def log_note(note: Note, pump: int) -> None:
    """One line for the technician, without naming a person or a card."""
    match note:
        case a.RecordRefusal(code):
            log.info(
                "pump %d: refused, %s",
                pump,
                code,
                extra={"event": "card_refused", "pump": pump, "code": code.value},
            )
        case a.RecordFault(fault, detail):
            log.error(
                "pump %d: %s: %s",
                pump,
                fault,
                detail,
                extra={"event": "pump_faulted", "pump": pump, "code": fault.value},
            )
        case a.RecordCleared(fault):
            log.info(
                "pump %d: %s has ended",
                pump,
                fault,
                extra={"event": "pump_fault_ended", "pump": pump, "code": fault.value},
            )
        case a.RecordUnauthorised(volume_ml):
            log.error(
                "pump %d: %d ml flowed while the valve was shut",
                pump,
                volume_ml,
                extra={"event": "flow_unauthorised", "pump": pump},
            )
        case a.RecordBypass(on):
            log.warning(
                "pump %d: its bypass key was turned %s",
                pump,
                "on" if on else "off",
                extra={"event": "bypass_turned", "pump": pump},
            )
        case a.RecordBypassed(volume_ml):
            log.info(
                "pump %d: %d ml flowed by its bypass key",
                pump,
                volume_ml,
                extra={"event": "flow_bypassed", "pump": pump},
            )
