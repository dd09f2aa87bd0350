"""The transition table: for every state and every event, one stated answer.

The README's diagram is drawn from it (diagram.py) and the tests sweep all of it.
"""

from gateway.core import events as e
from gateway.core.rules import asking, filling, prompting, trouble, waiting
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
TROUBLE = {
    e.DeviceFailed: DEVICE,
    e.DeviceRecovered: NOTED,
    e.EmergencyStopped: EMERGENCY,
    e.EmergencyReleased: NOTED,
}


def _device_while_closing(state: State) -> Rule:
    return to(trouble.device_failed_while_closing, "pump silent", state, State.FAULTED)


def _recovered_while_closing(state: State) -> Rule:
    return to(trouble.recovered_while_closing, "reader back", state)


def _closing(state: State) -> dict[type[e.Event], Rule]:
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
        e.StopRequested: NOTED,
    }


def _trouble(state: State, *freed: State) -> dict[type[e.Event], Rule]:
    """What faulted and emergency stop have in common; `freed`: where the end of it leads."""
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
        e.StopRequested: to(waiting.stop_idle, "going down", state),
        e.Woken: to(filling.carry_on, "goes on closing", state),
    }


def _shown(state: State) -> dict[type[e.Event], Rule]:
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
        **TROUBLE,
        e.StopRequested: to(waiting.stop_idle, "going down", state),
        e.Woken: to(waiting.shown, "shown long enough", state, State.IDLE),
    }


TABLE: dict[State, dict[type[e.Event], Rule]] = {
    State.IDLE: {
        e.CardPresented: to(waiting.begin, "card", State.DECIDING, State.IDLE),
        e.CardUnreadable: to(waiting.unreadable, "card unreadable", State.REFUSED),
        e.CardRemoved: NOTED,
        **NOBODY_WAITS,
        e.ReservationDurable: LATE,
        e.StoreFailed: NO_STORE,
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.Metered: to(trouble.checked(waiting.no_answer), "fault", State.IDLE, State.FAULTED),
        **TROUBLE,
        e.StopRequested: to(waiting.stop_idle, "going down", State.IDLE),
        e.OverrideChosen: to(asking.chosen, "plate chosen", State.DECIDING, State.IDLE),
        e.Woken: to(asking.override_over, "override over", State.IDLE),
    },
    State.DECIDING: {
        e.CardPresented: BUSY,
        e.CardUnreadable: BUSY,
        e.CardRemoved: NOTED,
        **NOBODY_WAITS,
        e.DecisionAllowed: to(waiting.allowed, "denied", State.DECIDING, State.REFUSED),
        e.DecisionDenied: to(waiting.denied, "denied", State.DECIDING, State.REFUSED),
        e.DecisionAwaited: to(asking.awaited, "central is asked", State.DECIDING),
        e.DecisionNeeds: to(prompting.needed, "more is needed", State.DECIDING, State.PROMPTING),
        e.GrantsChanged: to(asking.granted, "central answers", State.DECIDING),
        e.CardTaken: to(asking.taken, "accepted", State.DECIDING, State.IDLE),
        e.OverrideArmed: to(asking.armed, "override", State.DECIDING, State.IDLE, State.REFUSED),
        e.ReservationDurable: to(
            waiting.durable,
            "reservation durable",
            State.DECIDING,
            State.AUTHORISED,
            State.DISPENSING,
            State.RESERVED,
        ),
        e.StoreFailed: to(waiting.not_reserved, "not reserved", State.REFUSED),
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.Metered: to(trouble.checked(waiting.no_answer), "fault", State.DECIDING, State.FAULTED),
        **TROUBLE,
        e.StopRequested: to(waiting.stop_deciding, "stop", State.SETTLING, State.IDLE),
        e.Woken: to(asking.waited, "store silent", State.DECIDING, State.FAULTED),
    },
    State.PROMPTING: {
        e.CardPresented: to(prompting.card, "second card", State.PROMPTING, State.DECIDING),
        e.CardUnreadable: stay("the card is laid down again"),
        e.CardRemoved: NOTED,
        **NOBODY_WAITS,
        e.MeterEntered: to(prompting.entered, "reading", State.PROMPTING, State.DECIDING),
        e.ReservationDurable: LATE,
        e.StoreFailed: NO_STORE,
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: NOTED,
        e.Metered: to(trouble.checked(waiting.no_answer), "fault", State.PROMPTING, State.FAULTED),
        **TROUBLE,
        e.StopRequested: to(prompting.stop, "stop", State.IDLE),
        e.Woken: to(
            prompting.out_of_time,
            "out of time",
            State.PROMPTING,
            State.DECIDING,
            State.REFUSED,
            State.IDLE,
        ),
    },
    State.AUTHORISED: {
        e.CardPresented: to(
            filling.card_during_fill, "same card again", State.AUTHORISED, State.RECORDING
        ),
        e.CardUnreadable: BUSY,
        e.CardRemoved: NOTED,
        **NOBODY_WAITS,
        e.ReservationDurable: LATE,
        e.StoreFailed: NO_STORE,
        e.SaleRecorded: LATE,
        e.NozzleLifted: to(filling.lifted, "nozzle lifted", State.AUTHORISED, State.DISPENSING),
        e.NozzleHung: NOTED,
        e.Metered: to(trouble.checked(waiting.no_answer), "fault", State.AUTHORISED, State.FAULTED),
        **TROUBLE,
        e.StopRequested: to(filling.stop, "stop", State.RECORDING),
        e.Woken: to(filling.not_started, "not started", State.AUTHORISED, State.RECORDING),
    },
    State.DISPENSING: {
        e.CardPresented: to(
            filling.card_during_fill, "same card again", State.DISPENSING, State.SETTLING
        ),
        e.CardUnreadable: BUSY,
        e.CardRemoved: NOTED,
        **NOBODY_WAITS,
        e.ReservationDurable: to(filling.topped_up, "topped up", State.DISPENSING),
        e.StoreFailed: to(filling.not_topped_up, "not topped up", State.SETTLING),
        e.SaleRecorded: LATE,
        e.NozzleLifted: NOTED,
        e.NozzleHung: to(filling.hung, "nozzle hung", State.SETTLING),
        e.Metered: to(
            trouble.checked(filling.metered),
            "limit",
            State.DISPENSING,
            State.SETTLING,
            State.FAULTED,
        ),
        **TROUBLE,
        e.StopRequested: to(filling.stop, "stop", State.SETTLING),
        e.Woken: to(filling.timed_out, "timed out", State.DISPENSING, State.SETTLING),
    },
    State.SETTLING: {
        **_closing(State.SETTLING),
        e.ReservationDurable: SETTLED,
        e.StoreFailed: SETTLED,
        e.Metered: to(trouble.checked(filling.carry_on), "settled", *CLOSING, State.FAULTED),
        e.Woken: SETTLED,
    },
    State.RECORDING: {
        **_closing(State.RECORDING),
        e.StoreFailed: to(filling.not_recorded, "try again", State.RECORDING),
        e.SaleRecorded: to(filling.recorded, "on disk", *AT_REST, State.DECIDING),
        e.Metered: to(trouble.checked(filling.carry_on), "fault", State.RECORDING, State.FAULTED),
        e.Woken: to(filling.carry_on, "try again", State.RECORDING),
    },
    State.RESERVED: _shown(State.RESERVED),
    State.REFUSED: _shown(State.REFUSED),
    State.FAULTED: {
        **_trouble(State.FAULTED, State.IDLE),
        e.DeviceRecovered: to(trouble.device_recovered, "device back", *AT_REST, *CLOSING),
    },
    State.EMERGENCY_STOP: {
        **_trouble(State.EMERGENCY_STOP),
        e.EmergencyReleased: to(trouble.released, "stop released", *AT_REST, *CLOSING),
    },
}
