"""The name by which each fact stands in the ledger, as the `type` of its entry."""

from gateway.core.facts.calibration import CalibrationChanged, CalibrationDrawn
from gateway.core.facts.central import AllocationApplied, ClockTold, EpochAdopted
from gateway.core.facts.console import ConsoleLocked, ConsoleSignedIn, PumpStopped
from gateway.core.facts.declared import SaleCancelled, SaleDeclared, SaleReserved
from gateway.core.facts.fact import Fact
from gateway.core.facts.grants import (
    GrantActivated,
    GrantClosed,
    GrantReported,
    GrantRequested,
    GrantsSkipped,
)
from gateway.core.facts.keys import KeyLearned, KeyRotated
from gateway.core.facts.ledger import LedgerForked, LedgerPruned, StorageBlocked
from gateway.core.facts.overrides import OverrideGranted
from gateway.core.facts.pumps import (
    BypassChanged,
    EmergencyStopChanged,
    FlowBypassed,
    FlowUnauthorised,
    FlowUncounted,
    PowerChanged,
    PumpCleared,
    PumpFaulted,
)
from gateway.core.facts.sales import SaleCompleted, SaleCorrected, SaleRefused
from gateway.core.facts.shifts import ShiftClosed, ShiftOpened
from gateway.core.facts.starts import (
    GatewayBooted,
    GatewayInitialised,
    GatewayRestored,
    WitnessDiffered,
)
from gateway.core.facts.totals import TotaliserDrifted, TotaliserEntered, TotaliserRead
from gateway.core.facts.vouchers import VoucherEntered

FACT_TYPES: dict[str, type[Fact]] = {
    "gateway.initialised": GatewayInitialised,
    "gateway.restored": GatewayRestored,
    "gateway.booted": GatewayBooted,
    "witness.differed": WitnessDiffered,
    "epoch.adopted": EpochAdopted,
    "clock.told": ClockTold,
    "allocation.applied": AllocationApplied,
    "grant.activated": GrantActivated,
    "grant.requested": GrantRequested,
    "grant.reported": GrantReported,
    "grant.closed": GrantClosed,
    "grant.skipped": GrantsSkipped,
    "sale.completed": SaleCompleted,
    "sale.corrected": SaleCorrected,
    "sale.refused": SaleRefused,
    "override.granted": OverrideGranted,
    "flow.unauthorised": FlowUnauthorised,
    "flow.uncounted": FlowUncounted,
    "flow.bypassed": FlowBypassed,
    "bypass.changed": BypassChanged,
    "totaliser.read": TotaliserRead,
    "totaliser.entered": TotaliserEntered,
    "totaliser.drifted": TotaliserDrifted,
    "calibration.drawn": CalibrationDrawn,
    "calibration.changed": CalibrationChanged,
    "pump.faulted": PumpFaulted,
    "pump.cleared": PumpCleared,
    "emergency_stop.changed": EmergencyStopChanged,
    "power.changed": PowerChanged,
    "pump.stopped": PumpStopped,
    "console.signed_in": ConsoleSignedIn,
    "console.locked": ConsoleLocked,
    "sale.reserved": SaleReserved,
    "sale.declared": SaleDeclared,
    "sale.cancelled": SaleCancelled,
    "voucher.entered": VoucherEntered,
    "shift.opened": ShiftOpened,
    "shift.closed": ShiftClosed,
    "key.learned": KeyLearned,
    "key.rotated": KeyRotated,
    "ledger.forked": LedgerForked,
    "ledger.pruned": LedgerPruned,
    "storage.blocked": StorageBlocked,
}
TYPE_OF: dict[type[Fact], str] = {fact: name for name, fact in FACT_TYPES.items()}
