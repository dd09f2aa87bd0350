"""Flow outside of sales, faults and the emergency stop."""

from gateway.core.facts.fact import Fact
from gateway.core.facts.totals import CounterReading
from gateway.core.fields import Name, PumpNumber, Text, VolumeMl


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
