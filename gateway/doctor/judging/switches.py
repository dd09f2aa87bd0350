"""Nozzle switch, emergency stop, bypass key and pulser."""

from msgspec import Struct

from gateway.doctor.verdict import Verdict, pump_name, verdict


class SwitchFinding(Struct, frozen=True, kw_only=True):
    """A switch to ground: open is a nozzle lifted, a stop pressed, a key turned, a wire cut."""

    pump: int = 0
    """0: the emergency stop, which is the station's."""
    open_before: bool = False
    asked: bool = False
    """Whether somebody was there to move it."""
    changed: bool = False
    """It read the other way once they were asked to."""
    error: str = ""


class PulserFinding(Struct, frozen=True, kw_only=True):
    pump: int
    pulses: int = 0
    """Counted while nothing may flow."""
    seconds: int = 0
    forbidden: str = ""
    error: str = ""


def judge_nozzle(found: SwitchFinding) -> Verdict:
    of = pump_name(found.pump)
    if found.error:
        return verdict("nozzle_failed", of, error=found.error)
    if found.changed:
        return verdict("nozzle_changes", of)
    if found.asked:
        return verdict("nozzle_stuck_lifted" if found.open_before else "nozzle_stuck_hung", of)
    if found.open_before:
        return verdict("nozzle_lifted", of)
    return verdict("nozzle_not_tried", of, why="not_lifted")


def judge_stop(found: SwitchFinding) -> Verdict:
    if found.error:
        return verdict("stop_failed", error=found.error)
    if found.open_before:
        return verdict("stop_pressed")
    if found.changed:
        return verdict("stop_changes")
    return verdict("stop_stuck") if found.asked else verdict("stop_not_tried", why="not_pressed")


def judge_bypass(found: SwitchFinding) -> Verdict:
    of = pump_name(found.pump)
    if found.error:
        return verdict("bypass_failed", of, error=found.error)
    return verdict("bypass_on" if found.open_before else "bypass_off", of)


def judge_mains(found: SwitchFinding) -> Verdict:
    """The UPS's contact, closed to ground while there is mains power."""
    if found.error:
        return verdict("mains_failed", error=found.error)
    return verdict("mains_off" if found.open_before else "mains_on")


def judge_pulser(found: PulserFinding) -> Verdict:
    of = pump_name(found.pump)
    if found.error:
        return verdict("pulser_failed", of, error=found.error)
    if found.forbidden:
        return verdict("pulser_not_tried", of, why=found.forbidden)
    if found.pulses:
        return verdict("pulser_noisy", of, pulses=found.pulses, seconds=found.seconds)
    return verdict("pulser_quiet", of, seconds=found.seconds)
