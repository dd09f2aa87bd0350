"""The two contacts in a valve's circuit, each tried while the other was seen to be broken."""

from msgspec import Struct

from gateway.doctor.verdict import Verdict, pump_name, verdict

MOST_HOLD_MS = 1000
"""Longest hold that the design allows a retriggerable timer."""
LATE_MS = 50
"""Beyond the configured hold: what a reading through Linux adds."""


class ContactFinding(Struct, frozen=True, kw_only=True):
    """What one contact's read-back said while it was told to make and to break."""

    pump: int
    forbidden: str = ""
    """Why it was not tried."""
    made_before: bool = False
    """Before anything was told."""
    made: bool = False
    """Once it was told to."""
    elsewhere: str = ""
    """Which other read-back followed in its place, by name."""
    broken_ms: int | None = None
    """So long after it was let go, or fed last, it read broken; None: never while watched."""
    error: str = ""


class LimiterFinding(ContactFinding, frozen=True, kw_only=True):
    """The same of a co-processor's contact, armed once and its lease never renewed."""

    refused: str = ""
    """Why it would not make it."""


class KilledFinding(Struct, frozen=True, kw_only=True):
    """A process that held the enable relay made was killed with signal 9."""

    pump: int
    forbidden: str = ""
    made: bool = False
    """It read made while that process lived."""
    broken_ms: int | None = None
    """So long after the kill it read broken; None: never while it was watched."""
    watched_ms: int = 0
    error: str = ""


def judge_relay(found: ContactFinding) -> Verdict:
    """The contact that the Pi holds itself."""
    of = pump_name(found.pump)
    if found.error:
        return verdict("relay_failed", of, error=found.error)
    if found.made_before:
        return verdict("relay_welded", of)
    if found.forbidden:
        return verdict("relay_not_tried", of, why=found.forbidden)
    if found.elsewhere and not found.made:
        return verdict("relay_elsewhere", of, other=found.elsewhere)
    if not found.made:
        return verdict("relay_not_made", of)
    if found.broken_ms is None:
        return verdict("relay_not_broken", of)
    return verdict("relay_follows", of, broken_ms=found.broken_ms)


def judge_timer(found: ContactFinding | None, pump: int, hold_ms: int) -> Verdict:
    """The retriggerable timer, fed once. `hold_ms`: as configured; None: none is fitted."""
    of = pump_name(pump)
    if found is None:
        return verdict("timer_missing", of)
    if found.error:
        return verdict("timer_failed", of, error=found.error)
    if found.made_before:
        return verdict("timer_welded", of)
    if found.forbidden:
        return verdict("timer_not_tried", of, why=found.forbidden)
    if found.elsewhere and not found.made:
        return verdict("timer_elsewhere", of, other=found.elsewhere)
    if not found.made:
        return verdict("timer_not_made", of)
    if found.broken_ms is None:
        return verdict("timer_holds", of, hold_ms=hold_ms)
    if found.broken_ms > min(hold_ms, MOST_HOLD_MS) + LATE_MS:
        return verdict("timer_long", of, held_ms=found.broken_ms, hold_ms=hold_ms)
    if found.broken_ms < hold_ms // 2:
        return verdict("timer_short", of, held_ms=found.broken_ms, hold_ms=hold_ms)
    return verdict("timer_drops", of, held_ms=found.broken_ms, hold_ms=hold_ms)


def judge_limiter(found: LimiterFinding, lease_ms: int) -> Verdict:
    """The co-processor's contact: it must drop when its lease is not renewed."""
    of = pump_name(found.pump)
    if found.error:
        return verdict("limiter_failed", of, error=found.error)
    if found.made_before:
        return verdict("limiter_welded", of)
    if found.forbidden:
        return verdict("limiter_not_tried", of, why=found.forbidden)
    if found.refused:
        return verdict("limiter_refused", of, why=found.refused)
    if not found.made:
        return verdict("limiter_not_made", of)
    if found.broken_ms is None:
        return verdict("limiter_holds", of, lease_ms=lease_ms)
    return verdict("limiter_drops", of, held_ms=found.broken_ms, lease_ms=lease_ms)


def judge_killed(found: KilledFinding) -> Verdict:
    of = pump_name(found.pump)
    if found.forbidden or found.error:
        return verdict("killed_not_tried", of, why=found.forbidden or found.error)
    if not found.made:
        return verdict("killed_not_made", of)
    if found.broken_ms is None:
        return verdict("killed_holds", of, watched_ms=found.watched_ms)
    return verdict("killed_drops", of, broken_ms=found.broken_ms)
