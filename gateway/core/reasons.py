"""Codes shown to people and written in the ledger; their words are in gateway/words."""

from enum import StrEnum


class Status(StrEnum):
    """What a pump tells while nothing is refused."""

    READY = "ready"
    BALANCE = "balance"
    AUTHORISED = "authorised"
    ASKING = "asking"
    OVERRIDE = "override"
    ODOMETER = "odometer"
    HOUR_METER = "hour_meter"
    METER_AGAIN = "meter_again"
    DRIVER_CARD = "driver_card"
    VEHICLE_CARD = "vehicle_card"
    CALIBRATION_DRAW = "calibration_draw"
    """A technician's card opens a draw into a test can."""
    CALIBRATION_FILL = "calibration_fill"
    CALIBRATION_ACCEPT = "calibration_accept"
    """A technician's card accepts the new ratio."""


class Reason(StrEnum):
    """Why fuel is refused."""

    QUOTA_EXHAUSTED = "quota_exhausted"
    GRANT_EMPTY_OFFLINE = "grant_empty_offline"
    GRANT_UNANSWERED = "grant_unanswered"
    PRESET = "preset"
    LIMIT_FILL = "limit_fill"
    LIMIT_DAY = "limit_day"
    LIMIT_VISITS = "limit_visits"
    TANK_LIMIT = "tank_limit"
    BUDGET_EXHAUSTED = "budget_exhausted"
    UNKNOWN_CARD = "unknown_card"
    CARD_LOST = "card_lost"
    CARD_NOT_GENUINE = "card_not_genuine"
    CARD_RETRY = "card_retry"
    TWO_CARDS = "two_cards"
    CARD_IN_USE = "card_in_use"
    VEHICLE_BLOCKED = "vehicle_blocked"
    WRONG_PRODUCT = "wrong_product"
    SUBSIDY_NOT_ALLOWED = "subsidy_not_allowed"
    ODOMETER_IMPLAUSIBLE = "odometer_implausible"
    METER_UNREAD = "meter_unread"
    DRIVER_CARD_MISSING = "driver_card_missing"
    OUTSIDE_HOURS = "outside_hours"
    OVERRIDE_EXCEEDED = "override_exceeded"
    OVERRIDE_UNEXPLAINED = "override_unexplained"
    HANG_NOZZLE = "hang_nozzle"
    ALLOCATION_EXPIRED = "allocation_expired"
    ALLOCATION_DAMAGED = "allocation_damaged"
    LEDGER_DAMAGED = "ledger_damaged"
    LEDGER_FORKED = "ledger_forked"
    NOT_CONFIRMED = "not_confirmed"
    WITNESS_AHEAD = "witness_ahead"
    WITNESS_OTHER = "witness_other"
    WITNESS_SILENT = "witness_silent"
    STORAGE_FULL = "storage_full"
    STORAGE_FAILED = "storage_failed"
    STORAGE_SLOW = "storage_slow"
    PUMP_FAULT = "pump_fault"
    EMERGENCY_STOP = "emergency_stop"


class Fault(StrEnum):
    """What can be wrong with a pump, as the ledger names it."""

    CONTACT_WELDED = "contact_welded"
    LIMITER_WELDED = "limiter_welded"
    CONTACT_NOT_MADE = "contact_not_made"
    LIMITER_NOT_MADE = "limiter_not_made"
    VALVE_NOT_SHUT = "valve_not_shut"
    VALVE_NOT_SLOW = "valve_not_slow"
    PULSER_CHATTER = "pulser_chatter"
    PULSER_CHANNEL = "pulser_channel"
    REVERSE_FLOW = "reverse_flow"
    INPUTS_DISAGREE = "inputs_disagree"
    TOTALISER_LOST = "totaliser_lost"
    LIMITER_FAULT = "limiter_fault"
    PUMP_SILENT = "pump_silent"
    LIMITER_SILENT = "limiter_silent"
    UNCOUNTED = "uncounted"
    READER_SILENT = "reader_silent"
    STORE_SILENT = "store_silent"

    @property
    def locks(self) -> bool:
        """True when only a technician's card ends the fault; else it ends with its cause."""
        return self not in (Fault.READER_SILENT, Fault.STORE_SILENT, Fault.LIMITER_SILENT)
