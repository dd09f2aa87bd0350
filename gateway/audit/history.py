"""One gateway's one incarnation, entry by entry: is what it says possible, and what is the sum?"""

from collections.abc import Callable, Mapping
from datetime import UTC
from functools import partial
from typing import Any, get_args

import msgspec

from gateway.audit.declarations import Declarations
from gateway.audit.grants import Grants
from gateway.audit.keyed import Keyed
from gateway.audit.links import Link
from gateway.audit.meters import Meters
from gateway.audit.order import ORDERED, Order, Ordered
from gateway.audit.overrides import Overrides
from gateway.audit.papers import Papers
from gateway.audit.problems import Findings, Kind, Place, Wrong
from gateway.audit.ratios import Ratios
from gateway.audit.sales import Sales
from gateway.audit.shifts import Shifts
from gateway.audit.tally import Tally
from gateway.core.checkpoint import Checkpoint
from gateway.core.facts import (
    FACT_TYPES,
    CalibrationChanged,
    CalibrationDrawn,
    Fact,
    FlowBypassed,
    FlowUnauthorised,
    FlowUncounted,
    GatewayBooted,
    GatewayRestored,
    GrantActivated,
    GrantClosed,
    GrantReported,
    GrantRequested,
    GrantsSkipped,
    KeptRatio,
    LedgerForked,
    OverrideGranted,
    PumpFaulted,
    SaleCompleted,
    SaleCorrected,
    SaleRefused,
    StorageBlocked,
)
from mqtt.payloads import MessageRejected, read_fact

Wrongs = Mapping[Kind, Wrong]
"""By kind, what takes a problem of the newest link."""
FIRST_TYPES = ("gateway.initialised", "gateway.restored")


class History:
    """Take every link of the merged files in order, then `close`."""

    def __init__(self, gateway: str, incarnation: str, findings: Findings, *, whole: bool) -> None:
        """`whole`: the first link is entry 1."""
        self.tally = Tally()
        self.last_sale = 0
        """Sequence of the newest sale."""
        self.last: Link | None = None
        self._findings = findings
        self._whole = whole
        self._judged_whole = whole
        """It begins at entry 1 or behind a checkpoint, so that grants from before are known."""
        self._grants = Grants(gateway, self.tally, whole=whole)
        self._meters = Meters(self.tally, whole=whole)
        self._ratios = Ratios(whole=whole)
        self._sales = Sales(self.tally, incarnation)
        self._shifts = Shifts(self.tally, whole=whole)
        self._papers = Papers(self.tally)
        self._declarations = Declarations(self.tally, self._grants, whole=whole)
        self._keyed = Keyed(self.tally, whole=whole)
        self._overrides = Overrides(whole=whole)
        self._boot = 0
        self._order = Order()
        self._wrongs: dict[Kind, Wrong] = {
            kind: partial(self._wrong_here, kind) for kind in get_args(Kind)
        }

    @property
    def grants(self) -> tuple[int | None, int]:
        """The first grant that was activated, and the highest number there was."""
        return self._grants.lowest, self._grants.high_water

    @property
    def ratios(self) -> Mapping[int, KeptRatio]:
        """In force at its end, by pump; without those that were never changed."""
        return self._ratios.in_force

    def stands_at(self, checkpoint: Checkpoint, place: Place) -> None:
        """Before the link that follows the checkpoint: take what it says of all before the first
        link, and compare it with what the links before it came to.
        """
        self._order.checkpoints[checkpoint.through] = checkpoint.hash
        try:
            balance = checkpoint.balance_in(UTC)
        except msgspec.ValidationError as error:
            self._wrong("fact", place, "checkpoint_fields", why=error)
            return
        if self.last is None:
            self._judged_whole = True
            self._grants.begin_at(balance)
            self._meters.begin_at(balance.totaliser_ml)
            self._ratios.begin_at(balance.meters)
            self._shifts.begin_at(balance.shift)
            self._papers.begin_at(set(balance.vouchers))
            self._declarations.begin_at(balance)
            self._keyed.begin_at(balance.meters)
        elif self._judged_whole:
            self._grants.compare(balance, partial(self._wrong, "grant", place))
            self._meters.compare(balance.totaliser_ml, partial(self._wrong, "meter", place))
            self._ratios.compare(balance.meters, partial(self._wrong, "meter", place))
            self._shifts.compare(balance.shift, partial(self._wrong, "shift", place))
            self._papers.compare(set(balance.vouchers), partial(self._wrong, "sale", place))
            self._declarations.compare(balance, partial(self._wrong, "sale", place))
            self._keyed.compare(balance.meters, partial(self._wrong, "meter", place))

    def take(self, link: Link) -> None:
        entry = link.entry
        if self.last is None and self._whole and entry.type not in FIRST_TYPES:
            one, other = FIRST_TYPES
            self._wrong("order", link.place, "first_entry", one=one, other=other, found=entry.type)
        self.last = link
        self.tally.seen(entry.time)
        self._overrides.seen(entry.time)
        if entry.type not in FACT_TYPES:
            self.tally.unknown_types[entry.type] += 1
            return
        try:
            fact = read_fact(entry)
        except MessageRejected as error:
            self._wrong("fact", link.place, "fact_fields", why=error)
            return
        wrongs = self._wrongs
        step = _STEPS.get(type(fact))
        if step is not None:
            step(self, fact, wrongs)
        self._papers.take(fact, wrongs["sale"])
        self._declarations.take(fact, entry.sequence, wrongs["sale"])
        self._keyed.take(fact, entry.time, wrongs["meter"])
        self._shifts.take(entry, fact, self._meters.counted_ml, wrongs["shift"])

    def close(self) -> None:
        """After the last link: judge what only the whole shows."""
        if self.last is not None:
            wrong = partial(self._wrong, "meter", self.last.place)
            self._meters.close(self.tally.boots, wrong)
            self._keyed.close()
        self._declarations.close()

    def _sold(self, sale: SaleCompleted, wrong: Wrongs) -> None:
        if self.last is not None:
            self.last_sale = self.last.entry.sequence
        self._sales.sold(sale, self._boot, wrong["sale"])
        self._grants.charged(sale, wrong["order"], wrong["grant"])
        self._overrides.sold(sale, self._grants.station_ml(sale), wrong["sale"])
        self._meters.sold(sale, wrong["meter"])
        self._ratios.sold(sale, wrong["meter"])

    def _corrected(self, fact: SaleCorrected, wrong: Wrongs) -> None:
        sale = self._sales.corrected(fact, wrong["sale"], whole=self._judged_whole)
        if sale is not None:
            self._grants.returned(fact, wrong["grant"])
            self._meters.corrected(fact, sale, wrong["meter"])

    def _booted(self, fact: GatewayBooted, wrong: Wrongs) -> None:
        if fact.boot <= self._boot:
            wrong["order"]("boot_order", last=self._boot, found=fact.boot)
        self._boot = fact.boot
        self.tally.boots += 1
        self.tally.unwitnessed_boots += fact.unwitnessed

    def _refused(self, fact: SaleRefused, _wrong: Wrongs) -> None:
        self.tally.refusals[fact.code] += 1

    def _faulted(self, fact: PumpFaulted, _wrong: Wrongs) -> None:
        self.tally.faults[fact.fault] += 1

    def _passed(self, fact: FlowUnauthorised, wrong: Wrongs) -> None:
        self.tally.unauthorised += 1
        self.tally.unauthorised_ml += fact.volume_ml
        self._meters.passed(fact, wrong["meter"])

    def _bypassed(self, fact: FlowBypassed, wrong: Wrongs) -> None:
        self._meters.passed(fact, wrong["meter"])

    def _restored(self, fact: GatewayRestored, wrong: Wrongs) -> None:
        self._ratios.begin_with(fact.ratios)
        self._ordered(fact, wrong)

    def _recalibrated(self, fact: CalibrationChanged, wrong: Wrongs) -> None:
        self._ratios.changed(fact, wrong["meter"])

    def _drawn(self, fact: CalibrationDrawn, wrong: Wrongs) -> None:
        self._meters.drawn(fact, wrong["meter"])

    def _unseen(self, fact: FlowUncounted, wrong: Wrongs) -> None:
        self.tally.uncounted_ml += fact.bound_ml
        self._meters.unseen(fact, wrong["meter"])

    def _forked(self, fact: LedgerForked, wrong: Wrongs) -> None:
        wrong["fork"]("forked", why=fact.detail)

    def _asked(self, _fact: GrantRequested, _wrong: Wrongs) -> None:
        self.tally.asked += 1

    def _blocked(self, fact: StorageBlocked, _wrong: Wrongs) -> None:
        self.tally.blocked[fact.code] += 1

    def _ordered(self, fact: Ordered, wrong: Wrongs) -> None:
        sequence = self.last.entry.sequence if self.last else 0
        self._order.said(fact, sequence, wrong["order"], wrong["seal"])

    def _wrong(self, kind: Kind, place: Place, code: str, /, **values: object) -> None:
        self._findings.add(kind, place, code, **values)

    def _wrong_here(self, kind: Kind, code: str, /, **values: object) -> None:
        """In the newest link."""
        if self.last is not None:
            self._findings.add(kind, self.last.place, code, **values)


_STEPS: dict[type[Fact], Callable[[History, Any, Wrongs], None]] = {
    SaleCompleted: History._sold,
    SaleCorrected: History._corrected,
    SaleRefused: History._refused,
    GatewayBooted: History._booted,
    GrantActivated: lambda self, fact, wrong: self._grants.activated(fact, wrong["grant"]),
    GrantReported: lambda self, fact, wrong: self._grants.reported(fact, wrong["grant"]),
    GrantClosed: lambda self, fact, wrong: self._grants.closed(fact, wrong["grant"]),
    GrantsSkipped: lambda self, fact, wrong: self._grants.skipped(fact, wrong["grant"]),
    FlowUnauthorised: History._passed,
    FlowBypassed: History._bypassed,
    FlowUncounted: History._unseen,
    CalibrationDrawn: History._drawn,
    CalibrationChanged: History._recalibrated,
    PumpFaulted: History._faulted,
    LedgerForked: History._forked,
    GrantRequested: History._asked,
    OverrideGranted: lambda self, fact, wrong: self._overrides.granted(fact, wrong["sale"]),
    StorageBlocked: History._blocked,
    **dict.fromkeys(ORDERED, History._ordered),
    GatewayRestored: History._restored,
}
