"""What a ledger entry can say: one type per kind of fact.

Both ends of the contract use these; mqtt/messages.py wraps them, and the published
JSON Schema is generated from them.
"""

from gateway.core.facts.calibration import (
    CalibrationChanged,
    CalibrationDrawn,
    CanDraw,
    KeptRatio,
    Ratio,
)
from gateway.core.facts.central import AllocationApplied, ClockTold, EpochAdopted
from gateway.core.facts.console import ConsoleLocked, ConsoleSignedIn, PumpStopped
from gateway.core.facts.declared import SaleCancelled, SaleDeclared, SaleReserved
from gateway.core.facts.fact import Fact
from gateway.core.facts.grants import (
    GrantActivated,
    GrantClosed,
    GrantKind,
    GrantReported,
    GrantRequested,
    GrantsSkipped,
)
from gateway.core.facts.keys import KeyLearned, KeyRotated, KeyStatement
from gateway.core.facts.ledger import LedgerForked, LedgerPruned, StorageBlocked
from gateway.core.facts.names import FACT_TYPES, TYPE_OF
from gateway.core.facts.overrides import OverrideGranted, OverrideReason
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
from gateway.core.facts.sales import (
    Charge,
    MeterUnit,
    SaleCompleted,
    SaleCorrected,
    SaleRefused,
    VehicleMeter,
)
from gateway.core.facts.shifts import (
    Part,
    PumpLine,
    PumpReading,
    RefusedLine,
    ShiftClosed,
    ShiftOpened,
    ShiftTotals,
    SoldLine,
)
from gateway.core.facts.starts import (
    FormerLedger,
    GatewayBooted,
    GatewayInitialised,
    GatewayRestored,
    WitnessDiffered,
)
from gateway.core.facts.totals import (
    CounterReading,
    TotaliserDrifted,
    TotaliserEntered,
    TotaliserRead,
)
from gateway.core.facts.vouchers import VoucherEntered

__all__ = [
    "FACT_TYPES",
    "TYPE_OF",
    "AllocationApplied",
    "BypassChanged",
    "CalibrationChanged",
    "CalibrationDrawn",
    "CanDraw",
    "Charge",
    "ClockTold",
    "ConsoleLocked",
    "ConsoleSignedIn",
    "CounterReading",
    "EmergencyStopChanged",
    "EpochAdopted",
    "Fact",
    "FlowBypassed",
    "FlowUnauthorised",
    "FlowUncounted",
    "FormerLedger",
    "GatewayBooted",
    "GatewayInitialised",
    "GatewayRestored",
    "GrantActivated",
    "GrantClosed",
    "GrantKind",
    "GrantReported",
    "GrantRequested",
    "GrantsSkipped",
    "KeptRatio",
    "KeyLearned",
    "KeyRotated",
    "KeyStatement",
    "LedgerForked",
    "LedgerPruned",
    "MeterUnit",
    "OverrideGranted",
    "OverrideReason",
    "Part",
    "PowerChanged",
    "PumpCleared",
    "PumpFaulted",
    "PumpLine",
    "PumpReading",
    "PumpStopped",
    "Ratio",
    "RefusedLine",
    "SaleCancelled",
    "SaleCompleted",
    "SaleCorrected",
    "SaleDeclared",
    "SaleRefused",
    "SaleReserved",
    "ShiftClosed",
    "ShiftOpened",
    "ShiftTotals",
    "SoldLine",
    "StorageBlocked",
    "TotaliserDrifted",
    "TotaliserEntered",
    "TotaliserRead",
    "VehicleMeter",
    "VoucherEntered",
    "WitnessDiffered",
]
