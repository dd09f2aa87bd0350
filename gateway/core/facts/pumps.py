"""Flow outside of sales, faults, the bypass, the emergency stop and the power supply."""

from gateway.core.facts.fact import Fact
from gateway.core.facts.totals import CounterReading
from gateway.core.fields import Name, PumpNumber, Text, UtcTime, VolumeMl


class FlowUnauthorised(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fuel passed while no session had the valve open."""

    pump: PumpNumber
    volume_ml: VolumeMl
    totaliser_end_ml: VolumeMl
    counter_end: CounterReading | None = None
    """Of a co-processor, where there is one."""


class FlowUncounted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """After a crash without a co-processor: what may have passed unseen, at most."""

    pump: PumpNumber
    bound_ml: VolumeMl
    why: Text
    bypass: bool = False
    """By the bypass key while no gateway ran; else it is part of an estimated sale."""
    since: UtcTime | None = None
    """Then: from when on."""
    shut: bool = False
    """With every valve shut, before the co-processor's last loss of power: no part of a sale."""


class BypassChanged(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody turned the key that lets fuel past both contacts, behind the emergency stop."""

    pump: PumpNumber
    on: bool


class FlowBypassed(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fuel passed by that key: nobody's sale, but accounted for, in pieces as it flows."""

    pump: PumpNumber
    volume_ml: VolumeMl
    since: UtcTime
    until: UtcTime
    """It flowed between the two."""
    unattended: bool
    """Counted by a co-processor while no gateway ran; found at its next start."""
    totaliser_end_ml: VolumeMl
    counter_end: CounterReading | None = None
    """Of a co-processor, where there is one."""


class PumpFaulted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pump: PumpNumber
    fault: Name
    detail: Text


class PumpCleared(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pump: PumpNumber
    fault: Name
    by: Text


class EmergencyStopChanged(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pressed: bool


class PowerChanged(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The gateway runs on its UPS's battery from now on, and sells nothing; or no longer. What a
    boot finds begins anew: without an entry after it there is mains power."""

    on_battery: bool
