"""What a ledger came to: the figures of the verdict."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Sold:
    """Of one product."""

    fills: int = 0
    volume_ml: int = 0
    amount_idr: int = 0

    def add(self, other: "Sold") -> None:
        self.fills += other.fills
        self.volume_ml += other.volume_ml
        self.amount_idr += other.amount_idr

    def less(self, other: "Sold") -> "Sold":
        return Sold(
            self.fills - other.fills,
            self.volume_ml - other.volume_ml,
            self.amount_idr - other.amount_idr,
        )


@dataclass(slots=True)
class Tally:
    """Sums over one history, or over several added up. Volumes in ml, money in rupiah."""

    entries: int = 0
    first_time: str = ""
    last_time: str = ""
    """The earliest and the latest that entries say, UTC; empty without entries."""
    sold: dict[str, Sold] = field(default_factory=dict)
    """By product."""
    estimated_fills: int = 0
    estimated_ml: int = 0
    unmetered_ml: int = 0
    """Charged in estimated sales beyond the last reading of the meter."""
    declared_ml: int = 0
    """Sold in a mode that has no meter of ours."""
    beyond_ml: int = 0
    """Part of it that nobody had reserved."""
    undeclared: int = 0
    undeclared_ml: int = 0
    """Reserved at third parties' pumps, and neither declared nor cancelled."""
    vouchers: int = 0
    vouchered_ml: int = 0
    """Given on paper, and entered afterwards."""
    overrun_ml: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    unauthorised: int = 0
    unauthorised_ml: int = 0
    bypassed_ml: int = 0
    """By bypass keys, past both contacts."""
    bypasses: int = 0
    """How often a key was turned."""
    unpapered_ml: int = 0
    """Of that flow, what no voucher fits."""
    unflowed_ml: int = 0
    """On vouchers, and through no meter of ours."""
    uncounted_ml: int = 0
    """Bounds of what may have passed unseen, added up."""
    unexplained_ml: int = 0
    """Counted by the meters, and in no entry."""
    grants: int = 0
    granted_ml: int = 0
    spent_ml: int = 0
    grants_exceeded: int = 0
    closed: int = 0
    unknown_grants: int = 0
    """Charges, reports and closes of grants activated before the first entry at hand."""
    unknown_types: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    """Requests for more litres."""
    override_ml: int = 0
    """Spent of stations' grants, by a supervisor's card."""
    emergency_ml: int = 0
    """Spent of departments' emergency grants."""
    blocked: Counter[str] = field(default_factory=Counter)
    """Why nothing could be recorded for a while, by reason code."""
    shifts: int = 0
    """Closed."""
    boots: int = 0
    unwitnessed_boots: int = 0

    @property
    def all_sold(self) -> Sold:
        """Of all products."""
        sums = Sold()
        for sold in self.sold.values():
            sums.add(sold)
        return sums

    def seen(self, time: str) -> None:
        """Count an entry; its time is empty where it could not be read."""
        self.entries += 1
        if not time:
            return
        if not self.first_time or time < self.first_time:
            self.first_time = time
        self.last_time = max(self.last_time, time)

    def add(self, other: "Tally") -> None:
        """Add another history's figures to these."""
        times = [time for time in (self.first_time, other.first_time) if time]
        self.first_time = min(times, default="")
        self.last_time = max(self.last_time, other.last_time)
        for product, sold in other.sold.items():
            self.sold.setdefault(product, Sold()).add(sold)
        for name in ("refusals", "faults", "blocked", "unknown_types"):
            getattr(self, name).update(getattr(other, name))
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


_SUMS = (
    *("entries", "estimated_fills", "estimated_ml", "unmetered_ml", "declared_ml", "overrun_ml"),
    *("unauthorised", "unauthorised_ml", "uncounted_ml", "unexplained_ml"),
    *("bypasses", "bypassed_ml", "unpapered_ml", "unflowed_ml"),
    *("grants", "granted_ml", "spent_ml", "grants_exceeded", "closed", "unknown_grants"),
    *("asked", "override_ml", "emergency_ml", "beyond_ml", "undeclared", "undeclared_ml"),
    *("vouchers", "vouchered_ml", "shifts", "boots", "unwitnessed_boots"),
)
