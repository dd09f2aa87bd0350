"""Every verdict there is: what it is about, and how bad it is."""

from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, and somebody should look at it."""
    FAILED = "failed"
    NOT_CHECKED = "not_checked"
    """Nobody knows: what is to be done first is said."""


class Code(NamedTuple):
    check: str
    status: Status


_OK, _WARNING, _FAILED = "ok", "warning", "failed"
_UNKNOWN = "not_checked"
_BY_CHECK: dict[str, dict[str, str]] = {
    "configuration": {_OK: "configured", _FAILED: "configuration_wrong"},
    "gateway": {
        _OK: "gateway_runs gateway_stopped",
        _WARNING: "gateway_silent",
        _FAILED: "gateway_blocked",
    },
    "pins": {_OK: "pins_open", _FAILED: "pins_failed", _UNKNOWN: "pins_held"},
    "reader": {
        _OK: "reader_answers reader_serves",
        _FAILED: "reader_silent reader_other reader_failed reader_lost",
    },
    "card": {
        _OK: "card_seen",
        _WARNING: "card_unread card_not_seen",
        _FAILED: "card_elsewhere card_twice",
        _UNKNOWN: "card_not_tried",
    },
    "relay": {
        _OK: "relay_follows",
        _FAILED: "relay_welded relay_not_made relay_elsewhere relay_not_broken relay_failed",
        _UNKNOWN: "relay_not_tried",
    },
    "timer": {
        _OK: "timer_drops",
        _WARNING: "timer_short timer_missing",
        _FAILED: "timer_welded timer_not_made timer_elsewhere timer_long timer_holds timer_failed",
        _UNKNOWN: "timer_not_tried",
    },
    "limiter": {
        _OK: "limiter_drops",
        _FAILED: "limiter_welded limiter_refused limiter_not_made limiter_holds limiter_failed",
        _UNKNOWN: "limiter_not_tried",
    },
    "killed": {
        _OK: "killed_drops",
        _FAILED: "killed_holds",
        _UNKNOWN: "killed_not_tried killed_not_made",
    },
    "nozzle": {
        _OK: "nozzle_changes",
        _WARNING: "nozzle_lifted",
        _FAILED: "nozzle_stuck_hung nozzle_stuck_lifted nozzle_failed",
        _UNKNOWN: "nozzle_not_tried",
    },
    "pulser": {
        _OK: "pulser_quiet",
        _FAILED: "pulser_noisy pulser_failed",
        _UNKNOWN: "pulser_not_tried",
    },
    "bypass": {_OK: "bypass_off", _WARNING: "bypass_on", _FAILED: "bypass_failed"},
    "stop": {
        _OK: "stop_changes",
        _FAILED: "stop_pressed stop_stuck stop_failed",
        _UNKNOWN: "stop_not_tried",
    },
    "mains": {_OK: "mains_on", _WARNING: "mains_off", _FAILED: "mains_failed"},
    "pico": {
        _OK: "pico_answers pico_serves",
        _WARNING: "pico_firmware",
        _FAILED: "pico_absent pico_other pico_old pico_silent pico_fault pico_lost",
    },
    "witness": {
        _OK: "witness_knows",
        _WARNING: "witness_new",
        _FAILED: "witness_other witness_ahead witness_failed",
        _UNKNOWN: "witness_unknown",
    },
    "pump": {_OK: "pump_serves", _WARNING: "pump_alarm", _FAILED: "pump_faulted pump_halted"},
    "clock": {
        _OK: "clock_synchronised clock_kept",
        _WARNING: "clock_free clock_doubtful",
        _FAILED: "clock_behind clock_wrong",
    },
    "rtc": {
        _OK: "rtc_agrees",
        _WARNING: "rtc_missing rtc_differs rtc_failed",
        _UNKNOWN: "rtc_simulated",
    },
    "space": {_OK: "space_enough", _WARNING: "space_little", _FAILED: "space_none space_failed"},
    "disk": {
        _OK: "disk_keeps",
        _WARNING: "disk_too_fast disk_slow",
        _FAILED: "disk_read_only disk_volatile disk_failed",
        _UNKNOWN: "disk_held",
    },
    "wear": {
        _OK: "wear_little",
        _WARNING: "wear_much",
        _FAILED: "wear_worn",
        _UNKNOWN: "wear_unknown",
    },
    "key": {
        _OK: "key_fits",
        _FAILED: "key_missing key_open key_unusable key_foreign",
        _UNKNOWN: "key_unread",
    },
    "trust": {
        _OK: "trust_proved",
        _FAILED: "trust_missing trust_foreign",
        _UNKNOWN: "trust_held",
    },
    "broker": {
        _OK: "broker_answers broker_linked",
        _WARNING: "broker_central_silent",
        _FAILED: "broker_refused broker_lost",
        _UNKNOWN: "broker_not_tried",
    },
    "certificate": {
        _OK: "certificate_valid certificate_none",
        _WARNING: "certificate_soon certificate_open",
        _FAILED: "certificate_expired certificate_early certificate_name certificate_key "
        "certificate_unread",
        _UNKNOWN: "certificate_held",
    },
    "authority": {
        _OK: "authority_valid",
        _WARNING: "authority_soon",
        _FAILED: "authority_expired authority_early authority_unread",
        _UNKNOWN: "authority_held",
    },
    "allocation": {
        _OK: "allocation_new",
        _WARNING: "allocation_old allocation_empty",
        _FAILED: "allocation_damaged allocation_behind",
        _UNKNOWN: "allocation_unread",
    },
    "ledger": {
        _OK: "ledger_whole",
        _FAILED: "ledger_damaged ledger_behind ledger_changed",
    },
    "delivery": {_OK: "delivery_all", _WARNING: "delivery_waits"},
}

CODES = MappingProxyType(
    {
        code: Code(check, Status(status))
        for check, by_status in _BY_CHECK.items()
        for status, codes in by_status.items()
        for code in codes.split()
    }
)
CHECKS = tuple(_BY_CHECK)
"""In the order in which they are told."""
