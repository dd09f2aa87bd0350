"""Ledger, allocation cache, and the way to central."""

from msgspec import Struct

from gateway.core.units import NS_PER_S
from gateway.doctor.verdict import Verdict, verdict

NS_PER_DAY = 86_400 * NS_PER_S
OLD_DAYS = 7
"""Central tells its gateways something every day, if only a month's grants or a price."""
MANY_WAIT = 100


class LedgerFinding(Struct, frozen=True, kw_only=True):
    path: str
    head: int = 0
    anchor: int = 0
    """Newest entry that the anchor beside it knows."""
    same: bool = True
    """That entry here has the hash that the anchor says."""
    error: str = ""


class AllocationFinding(Struct, frozen=True, kw_only=True):
    path: str
    held: bool = False
    """It cannot be checked without the key."""
    through: int = 0
    """Newest directive in it; 0: none."""
    age_ns: int | None = None
    """Of that directive, by this clock; None: it has no time."""
    behind: str = ""
    """It is older than the ledger says."""
    error: str = ""


class BrokerFinding(Struct, frozen=True, kw_only=True):
    broker: str
    """HOST:PORT"""
    tried: bool = True
    refused: str = ""
    """Why there is no connection, in words."""
    answered_ms: int | None = None
    """Central answered a sealed request so soon; None: not while it was waited for."""


def judge_ledger(found: LedgerFinding) -> Verdict:
    if found.error:
        return verdict("ledger_damaged", path=found.path, error=found.error)
    if found.anchor > found.head:
        return verdict("ledger_behind", path=found.path, head=found.head, anchor=found.anchor)
    if not found.same:
        return verdict("ledger_changed", path=found.path, anchor=found.anchor)
    return verdict("ledger_whole", path=found.path, head=found.head)


def judge_allocation(found: AllocationFinding) -> Verdict:
    path = found.path
    if found.error:
        return verdict("allocation_damaged", path=path, error=found.error)
    if found.behind:
        return verdict("allocation_behind", path=path, behind=found.behind)
    if found.held:
        return verdict("allocation_unread", path=path)
    if found.age_ns is None:
        return verdict("allocation_empty", path=path)
    days = max(0, found.age_ns // NS_PER_DAY)
    return verdict(
        "allocation_old" if days >= OLD_DAYS else "allocation_new", days=days, through=found.through
    )


def judge_broker(found: BrokerFinding) -> Verdict:
    broker = found.broker
    if not found.tried:
        return verdict("broker_not_tried", broker=broker)
    if found.refused:
        return verdict("broker_refused", broker=broker, error=found.refused)
    if found.answered_ms is None:
        return verdict("broker_central_silent", broker=broker)
    return verdict("broker_answers", broker=broker, answered_ms=found.answered_ms)
