"""The transition table: for every state and every event, one stated answer.

The README's diagram is drawn from it (diagram.py) and the tests sweep all of it.
"""

from dataclasses import dataclass

from gateway.core import events as e
from gateway.core.rules import asking, filling, trouble, waiting
from gateway.core.rules.result import Handler
from gateway.core.session import State


@dataclass(frozen=True, slots=True)
class Rule:
    """One cell of the table."""

    handle: Handler | None
    """None: the event changes nothing here, and `why` says why not."""
    targets: frozenset[State]
    """Every state this rule can lead to."""
    why: str


def _to(handle: Handler, why: str, *targets: State) -> Rule:
    return Rule(handle, frozenset(targets), why)


def _stay(why: str) -> Rule:
    return Rule(None, frozenset(), why)


NOTED = _stay("noted in the session; nothing depends on it here")
LATE = _stay("a late answer; what it was about is over")
BUSY = _stay("one thing at a time: the answer is about to come")
NO_STORE = _stay("nothing was asked of the store")
NOBODY_WAITS = {
    e.DecisionAwaited: LATE,
    e.GrantsChanged: _stay("the next tap is served from it"),
    e.OverrideArmed: LATE,
    e.PresetChosen: _stay("noted for the next tap"),
}

AT_REST = (State.IDLE, State.FAULTED)
CLOSING = (State.SETTLING, State.RECORDING)
EMERGENCY = _to(trouble.emergency, "emergency stop", State.EMERGENCY_STOP)
SETTLED = _to(filling.carry_on, "settled", *CLOSING)
DEVICE = _to(trouble.device_failed, "device silent", State.FAULTED)


def _device_while_closing(state: State) -> Rule:
    return _to(trouble.device_failed_while_closing, "pump silent", state, State.FAULTED)


def _recovered_while_closing(state: State) -> Rule:
    return _to(trouble.recovered_while_closing, "reader back", state)


def _closing(state: State) -> dict[type[e.Event], Rule]:
    """What settling and recording have in common."""
    return {
        e.CardPresented: _to(filling.card_while_closing, "next in line", state),
        e.CardUnreadable: BUSY,
        e.CardRemoved: NOTED,
        e.DecisionAllowed: LATE,
        e.DecisionDenied: LATE,
        **NOBODY_WAITS,
        e.ReservationDurable: LATE,
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.DeviceFailed: _device_while_closing(state),
        e.DeviceRecovered: _recovered_while_closing(state),
        e.EmergencyStopped: EMERGENCY,
        e.EmergencyReleased: NOTED,
        e.StopRequested: NOTED,
    }


def _trouble(state: State, *freed: State) -> dict[type[e.Event], Rule]:
    """What faulted and emergency stop have in common; `freed`: where the end of it leads."""
    answered = _to(trouble.answered_in_trouble, "store answers", state, *freed)
    return {
        e.CardPresented: _to(trouble.card_in_trouble, "technician's card", state, *freed),
        e.CardUnreadable: _to(trouble.unreadable_in_trouble, "refused", state),
        e.CardRemoved: NOTED,
        e.DecisionAllowed: answered,
        e.DecisionDenied: answered,
        **NOBODY_WAITS,
        e.ReservationDurable: _to(filling.carry_on, "release it", state),
        e.StoreFailed: _to(trouble.store_failed_in_trouble, "try again", state),
        e.SaleRecorded: _to(trouble.recorded_in_trouble, "store answers", state, *freed),
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.Metered: _to(trouble.metered_in_fault, "goes on closing", state),
        e.DeviceFailed: _to(trouble.device_failed, "another fault", state),
        e.DeviceRecovered: _to(trouble.device_recovered, "device back", state),
        e.EmergencyStopped: EMERGENCY,
        e.EmergencyReleased: NOTED,
        e.StopRequested: _to(waiting.stop_idle, "going down", state),
        e.Woken: _to(filling.carry_on, "goes on closing", state),
    }


TABLE: dict[State, dict[type[e.Event], Rule]] = {
    State.IDLE: {
        e.CardPresented: _to(waiting.begin, "card", State.DECIDING, State.IDLE),
        e.CardUnreadable: _to(waiting.unreadable, "card unreadable", State.REFUSED),
        e.CardRemoved: NOTED,
        e.DecisionAllowed: LATE,
        e.DecisionDenied: LATE,
        **NOBODY_WAITS,
        e.ReservationDurable: LATE,
        e.StoreFailed: NO_STORE,
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.Metered: _to(trouble.checked(waiting.no_answer), "fault", State.IDLE, State.FAULTED),
        e.DeviceFailed: DEVICE,
        e.DeviceRecovered: NOTED,
        e.EmergencyStopped: EMERGENCY,
        e.EmergencyReleased: NOTED,
        e.StopRequested: _to(waiting.stop_idle, "going down", State.IDLE),
        e.Woken: _to(asking.override_over, "override over", State.IDLE),
    },
    State.DECIDING: {
        e.CardPresented: BUSY,
        e.CardUnreadable: BUSY,
        e.CardRemoved: NOTED,
        e.DecisionAllowed: _to(waiting.allowed, "denied", State.DECIDING, State.REFUSED),
        e.DecisionDenied: _to(waiting.denied, "denied", State.DECIDING, State.REFUSED),
        e.DecisionAwaited: _to(asking.awaited, "central is asked", State.DECIDING),
        e.GrantsChanged: _to(asking.granted, "central answers", State.DECIDING),
        e.PresetChosen: _stay("noted for the next tap"),
        e.OverrideArmed: _to(asking.armed, "override", State.DECIDING, State.IDLE, State.REFUSED),
        e.ReservationDurable: _to(
            waiting.durable,
            "reservation durable",
            State.DECIDING,
            State.AUTHORISED,
            State.DISPENSING,
        ),
        e.StoreFailed: _to(waiting.not_reserved, "not reserved", State.REFUSED),
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.Metered: _to(trouble.checked(waiting.no_answer), "fault", State.DECIDING, State.FAULTED),
        e.DeviceFailed: DEVICE,
        e.DeviceRecovered: NOTED,
        e.EmergencyStopped: EMERGENCY,
        e.EmergencyReleased: NOTED,
        e.StopRequested: _to(waiting.stop_deciding, "stop", State.SETTLING, State.IDLE),
        e.Woken: _to(asking.waited, "store silent", State.DECIDING, State.FAULTED),
    },
    State.AUTHORISED: {
        e.CardPresented: _to(
            filling.card_during_fill, "same card again", State.AUTHORISED, State.RECORDING
        ),
        e.CardUnreadable: BUSY,
        e.CardRemoved: NOTED,
        e.DecisionAllowed: LATE,
        e.DecisionDenied: LATE,
        **NOBODY_WAITS,
        e.ReservationDurable: LATE,
        e.StoreFailed: NO_STORE,
        e.SaleRecorded: LATE,
        e.NozzleLifted: _to(filling.lifted, "nozzle lifted", State.AUTHORISED, State.DISPENSING),
        e.NozzleHung: NOTED,
        e.Metered: _to(
            trouble.checked(waiting.no_answer), "fault", State.AUTHORISED, State.FAULTED
        ),
        e.DeviceFailed: DEVICE,
        e.DeviceRecovered: NOTED,
        e.EmergencyStopped: EMERGENCY,
        e.EmergencyReleased: NOTED,
        e.StopRequested: _to(filling.stop, "stop", State.RECORDING),
        e.Woken: _to(filling.not_started, "not started", State.AUTHORISED, State.RECORDING),
    },
    State.DISPENSING: {
        e.CardPresented: _to(
            filling.card_during_fill, "same card again", State.DISPENSING, State.SETTLING
        ),
        e.CardUnreadable: BUSY,
        e.CardRemoved: NOTED,
        e.DecisionAllowed: LATE,
        e.DecisionDenied: LATE,
        **NOBODY_WAITS,
        e.ReservationDurable: _to(filling.topped_up, "topped up", State.DISPENSING),
        e.StoreFailed: _to(filling.not_topped_up, "not topped up", State.SETTLING),
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: _to(filling.hung, "nozzle hung", State.SETTLING),
        e.Metered: _to(
            trouble.checked(filling.metered),
            "limit",
            State.DISPENSING,
            State.SETTLING,
            State.FAULTED,
        ),
        e.DeviceFailed: DEVICE,
        e.DeviceRecovered: NOTED,
        e.EmergencyStopped: EMERGENCY,
        e.EmergencyReleased: NOTED,
        e.StopRequested: _to(filling.stop, "stop", State.SETTLING),
        e.Woken: _to(filling.timed_out, "timed out", State.DISPENSING, State.SETTLING),
    },
    State.SETTLING: {
        **_closing(State.SETTLING),
        e.ReservationDurable: SETTLED,
        e.StoreFailed: SETTLED,
        e.Metered: _to(trouble.checked(filling.carry_on), "settled", *CLOSING, State.FAULTED),
        e.Woken: SETTLED,
    },
    State.RECORDING: {
        **_closing(State.RECORDING),
        e.StoreFailed: _to(filling.not_recorded, "try again", State.RECORDING),
        e.SaleRecorded: _to(filling.recorded, "on disk", *AT_REST, State.DECIDING),
        e.Metered: _to(trouble.checked(filling.carry_on), "fault", State.RECORDING, State.FAULTED),
        e.Woken: _to(filling.carry_on, "try again", State.RECORDING),
    },
    State.REFUSED: {
        e.CardPresented: _to(waiting.begin, "next card", State.DECIDING, State.REFUSED),
        e.CardUnreadable: _to(waiting.unreadable, "card unreadable", State.REFUSED),
        e.CardRemoved: NOTED,
        e.DecisionAllowed: LATE,
        e.DecisionDenied: LATE,
        **NOBODY_WAITS,
        e.ReservationDurable: LATE,
        e.StoreFailed: NO_STORE,
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.Metered: _to(trouble.checked(waiting.no_answer), "fault", State.REFUSED, State.FAULTED),
        e.DeviceFailed: DEVICE,
        e.DeviceRecovered: NOTED,
        e.EmergencyStopped: EMERGENCY,
        e.EmergencyReleased: NOTED,
        e.StopRequested: _to(waiting.stop_idle, "going down", State.REFUSED),
        e.Woken: _to(waiting.end_refusal, "shown long enough", State.REFUSED, State.IDLE),
    },
    State.FAULTED: {
        **_trouble(State.FAULTED, State.IDLE),
        e.DeviceRecovered: _to(trouble.device_recovered, "device back", *AT_REST, *CLOSING),
    },
    State.EMERGENCY_STOP: {
        **_trouble(State.EMERGENCY_STOP),
        e.EmergencyReleased: _to(trouble.released, "stop released", *AT_REST, *CLOSING),
    },
}
