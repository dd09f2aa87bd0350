"""What several rows of the transition table have in common."""

from gateway.core import events as e
from gateway.core.rules import filling, trouble, waiting
from gateway.core.rules.rule import Rule, stay, to
from gateway.core.session import State

NOTED = stay("noted in the session; nothing depends on it here")
LATE = stay("a late answer; what it was about is over")
BUSY = stay("one thing at a time: the answer is about to come")
NO_STORE = stay("nothing was asked of the store")
NOBODY_WAITS = {
    e.DecisionAllowed: LATE,
    e.DecisionDenied: LATE,
    e.DecisionAwaited: LATE,
    e.DecisionNeeds: LATE,
    e.MeterEntered: stay("no reading is asked for"),
    e.GrantsChanged: stay("the next tap is served from it"),
    e.OverrideArmed: LATE,
    e.OverrideChosen: stay("no supervisor's card was tapped just before"),
    e.CardTaken: LATE,
    e.PresetChosen: stay("noted for the next tap"),
}

AT_REST = (State.IDLE, State.FAULTED)
CLOSING = (State.SETTLING, State.RECORDING)
EMERGENCY = to(trouble.emergency, "emergency stop", State.EMERGENCY_STOP)
SETTLED = to(filling.carry_on, "settled", *CLOSING)
DEVICE = to(trouble.device_failed, "device silent", State.FAULTED)


def anywhere(state: State) -> dict[type[e.Event], Rule]:
    """What is answered alike while the pump is in no trouble, and its bypass key off."""
    return {
        e.DeviceFailed: DEVICE,
        e.DeviceRecovered: NOTED,
        e.EmergencyStopped: EMERGENCY,
        e.EmergencyReleased: NOTED,
        e.BypassTurned: key(state),
    }


def key(state: State) -> Rule:
    """The bypass key, where it was off."""
    return to(trouble.key_turned, "bypass key", state, State.BYPASSED)


def _device_while_closing(state: State) -> Rule:
    return to(trouble.device_failed_while_closing, "pump silent", state, State.FAULTED)


def _recovered_while_closing(state: State) -> Rule:
    return to(trouble.recovered_while_closing, "reader back", state)


def closing_cells(state: State) -> dict[type[e.Event], Rule]:
    """What settling and recording have in common."""
    return {
        e.CardPresented: to(filling.card_while_closing, "next in line", state),
        e.CardUnreadable: BUSY,
        e.CardRemoved: NOTED,
        **NOBODY_WAITS,
        e.ReservationDurable: LATE,
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.DeviceFailed: _device_while_closing(state),
        e.DeviceRecovered: _recovered_while_closing(state),
        e.EmergencyStopped: EMERGENCY,
        e.EmergencyReleased: NOTED,
        e.BypassTurned: key(state),
        e.StopRequested: NOTED,
    }


def trouble_cells(state: State, *freed: State) -> dict[type[e.Event], Rule]:
    """What faulted, bypassed and emergency stop have in common; `freed`: where the end of it
    leads."""
    answered = to(trouble.answered_in_trouble, "store answers", state, *freed)
    return {
        e.CardPresented: to(trouble.card_in_trouble, "technician's card", state, *freed),
        e.CardUnreadable: to(trouble.unreadable_in_trouble, "refused", state),
        e.CardRemoved: NOTED,
        **NOBODY_WAITS,
        e.DecisionAllowed: answered,
        e.DecisionDenied: answered,
        e.ReservationDurable: to(filling.carry_on, "release it", state),
        e.StoreFailed: to(trouble.store_failed_in_trouble, "try again", state),
        e.SaleRecorded: to(trouble.recorded_in_trouble, "store answers", state, *freed),
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.Metered: to(trouble.metered_in_fault, "goes on closing", state),
        e.DeviceFailed: to(trouble.device_failed, "another fault", state),
        e.DeviceRecovered: to(trouble.device_recovered, "device back", state),
        e.EmergencyStopped: EMERGENCY,
        e.EmergencyReleased: NOTED,
        e.BypassTurned: key(state),
        e.StopRequested: to(waiting.stop_idle, "going down", state),
        e.Woken: to(filling.carry_on, "goes on closing", state),
    }


def shown_cells(state: State) -> dict[type[e.Event], Rule]:
    """What a refusal and a reservation have in common: they are shown, and the next card may
    come."""
    return {
        e.CardPresented: to(waiting.begin, "next card", State.DECIDING, state),
        e.CardUnreadable: to(waiting.unreadable, "card unreadable", State.REFUSED),
        e.CardRemoved: NOTED,
        **NOBODY_WAITS,
        e.ReservationDurable: LATE,
        e.StoreFailed: NO_STORE,
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.Metered: to(trouble.checked(waiting.no_answer), "fault", state, State.FAULTED),
        **anywhere(state),
        e.StopRequested: to(waiting.stop_idle, "going down", state),
        e.Woken: to(waiting.shown, "shown long enough", state, State.IDLE),
    }
