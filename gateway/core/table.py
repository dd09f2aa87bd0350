"""The transition table: for every state and every event, one stated answer.

The README's diagram is drawn from it (diagram.py) and the tests sweep all of it.
"""

from gateway.core import events as e
from gateway.core.cells import (
    AT_REST,
    BUSY,
    CLOSING,
    LATE,
    NO_STORE,
    NOBODY_WAITS,
    NOTED,
    SETTLED,
    anywhere,
    closing_cells,
    shown_cells,
    trouble_cells,
)
from gateway.core.rules import asking, filling, prompting, trouble, waiting
from gateway.core.rules.rule import Rule, stay, to
from gateway.core.session import State

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
        **anywhere(State.IDLE),
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
        **anywhere(State.DECIDING),
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
        **anywhere(State.PROMPTING),
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
        **anywhere(State.AUTHORISED),
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
        **anywhere(State.DISPENSING),
        e.StopRequested: to(filling.stop, "stop", State.SETTLING),
        e.Woken: to(filling.timed_out, "timed out", State.DISPENSING, State.SETTLING),
    },
    State.SETTLING: {
        **closing_cells(State.SETTLING),
        e.ReservationDurable: SETTLED,
        e.StoreFailed: SETTLED,
        e.Metered: to(trouble.checked(filling.carry_on), "settled", *CLOSING, State.FAULTED),
        e.Woken: SETTLED,
    },
    State.RECORDING: {
        **closing_cells(State.RECORDING),
        e.StoreFailed: to(filling.not_recorded, "try again", State.RECORDING),
        e.SaleRecorded: to(filling.recorded, "on disk", *AT_REST, State.DECIDING),
        e.Metered: to(trouble.checked(filling.carry_on), "fault", State.RECORDING, State.FAULTED),
        e.Woken: to(filling.carry_on, "try again", State.RECORDING),
    },
    State.RESERVED: shown_cells(State.RESERVED),
    State.REFUSED: shown_cells(State.REFUSED),
    State.FAULTED: {
        **trouble_cells(State.FAULTED, State.IDLE),
        e.DeviceRecovered: to(trouble.device_recovered, "device back", *AT_REST, *CLOSING),
    },
    State.BYPASSED: {
        **trouble_cells(State.BYPASSED),
        e.BypassTurned: to(
            trouble.key_turned, "key turned back", State.BYPASSED, *AT_REST, *CLOSING
        ),
    },
    State.EMERGENCY_STOP: {
        **trouble_cells(State.EMERGENCY_STOP),
        e.EmergencyReleased: to(
            trouble.released, "stop released", *AT_REST, *CLOSING, State.BYPASSED
        ),
        e.BypassTurned: to(trouble.key_turned, "noted", State.EMERGENCY_STOP),
    },
}
