"""One gateway's one incarnation, entry by entry: is what it says possible, and what is the sum?"""

from collections.abc import Callable
from datetime import UTC
from functools import partial
from typing import Any

from gateway.audit.grants import Grants
from gateway.audit.meters import Meters
from gateway.audit.numbers import Numbers
from gateway.audit.part import Link
from gateway.audit.problems import Findings, Kind, Place
from gateway.audit.tally import Sold, Tally
from gateway.core.checkpoint import Checkpoint
from gateway.core.facts import (
    FACT_TYPES,
    Fact,
    FlowUnauthorised,
    FlowUncounted,
    GatewayBooted,
    GrantActivated,
    GrantClosed,
    GrantReported,
    LedgerForked,
    PumpFaulted,
    SaleCompleted,
    SaleRefused,
)
from gateway.core.units import amount_idr
from mqtt.messages import MessageRejected, read_fact

WrongOf = Callable[[Kind], Callable[[object, object], None]]
FIRST_TYPES = ("gateway.initialised", "gateway.restored")


class History:
    """Take every link of the merged files in order, then `close`."""

    def __init__(self, gateway: str, incarnation: str, findings: Findings, *, whole: bool) -> None:
        """`whole`: the first link is entry 1."""
        self.tally = Tally()
        self.last_sale = 0
        """Sequence of the newest sale."""
        self.last: Link | None = None
        self.checkpointed = False
        """It begins behind a checkpoint, so that grants from before are known."""
        self._incarnation = incarnation
        self._findings = findings
        self._whole = whole
        self._grants = Grants(gateway, self.tally, whole=whole)
        self._meters = Meters(self.tally, whole=whole)
        self._sales = Numbers()
        self._prices: dict[tuple[str, int], int] = {}
        self._boot = 0

    def begin_at(self, checkpoint: Checkpoint) -> None:
        """Before the first link, which follows it: what the pruned entries came to."""
        balance = checkpoint.balance_in(UTC)
        self.checkpointed = True
        self._grants.begin_at(balance)
        self._meters.begin_at(balance.totaliser_ml)

    def take(self, link: Link) -> None:
        entry = link.entry
        if self.last is None and self._whole and entry.type not in FIRST_TYPES:
            self._wrong("order", link.place, " or ".join(FIRST_TYPES), f"{entry.type} first")
        self.last = link
        self.tally.seen(entry.time)
        if entry.type not in FACT_TYPES:
            self.tally.unknown_types[entry.type] += 1
            return
        try:
            fact = read_fact(entry)
        except MessageRejected as error:
            self._wrong("fact", link.place, "fields within their bounds", error)
            return
        step = _STEPS.get(type(fact))
        if step is not None:
            step(self, fact, lambda kind: partial(self._wrong, kind, link.place))
        if isinstance(fact, SaleCompleted):
            self.last_sale = entry.sequence

    def close(self) -> None:
        """After the last link: judge what only the whole shows."""
        if self.last is not None:
            wrong = partial(self._wrong, "meter", self.last.place)
            self._meters.close(self.tally.boots, wrong)

    def _sold(self, sale: SaleCompleted, wrong: WrongOf) -> None:
        tally, odd = self.tally, wrong("sale")
        sold = tally.sold.setdefault(sale.product, Sold())
        sold.fills += 1
        sold.volume_ml += sale.volume_ml
        sold.amount_idr += sale.amount_idr
        tally.overrun_ml += sale.overrun_ml
        if sale.estimated:
            tally.estimated_fills += 1
            tally.estimated_ml += sale.volume_ml
            tally.unmetered_ml += max(0, sale.volume_ml - sale.metered_ml)
        incarnation, _, number = sale.sale.partition("-")
        if incarnation != self._incarnation:
            odd(f"a sale numbered {self._incarnation}-…", sale.sale)
        elif not self._sales.add(int(number)):
            odd("each sale once", f"{sale.sale} a second time")
        charged_ml = sum(charge.volume_ml for charge in sale.charges) + sale.overrun_ml
        if charged_ml != sale.volume_ml:
            odd(f"{sale.volume_ml} ml charged, as was sold", f"{charged_ml} ml")
        amount = amount_idr(sale.volume_ml, sale.price_idr_per_l)
        if sale.amount_idr != amount:
            odd(f"Rp {amount} for {sale.volume_ml} ml", f"Rp {sale.amount_idr}")
        price = self._prices.setdefault((sale.product, sale.price_version), sale.price_idr_per_l)
        if sale.price_idr_per_l != price:
            odd(
                f"Rp {price} a litre, the price of {sale.product} in version {sale.price_version}",
                f"Rp {sale.price_idr_per_l}",
            )
        if self._boot and sale.boot != self._boot:
            odd(f"a sale of boot {self._boot}", f"one of boot {sale.boot}")
        self._grants.charged(sale, wrong("order"), wrong("grant"))
        self._meters.sold(sale, wrong("meter"))

    def _booted(self, fact: GatewayBooted, wrong: WrongOf) -> None:
        if fact.boot <= self._boot:
            wrong("order")(f"a boot after {self._boot}", f"boot {fact.boot}")
        self._boot = fact.boot
        self.tally.boots += 1
        self.tally.unwitnessed_boots += fact.unwitnessed

    def _refused(self, fact: SaleRefused, _wrong: WrongOf) -> None:
        self.tally.refusals[fact.code] += 1

    def _faulted(self, fact: PumpFaulted, _wrong: WrongOf) -> None:
        self.tally.faults[fact.fault] += 1

    def _activated(self, fact: GrantActivated, wrong: WrongOf) -> None:
        self._grants.activated(fact, wrong("grant"))

    def _reported(self, fact: GrantReported, wrong: WrongOf) -> None:
        self._grants.reported(fact, wrong("grant"))

    def _closed(self, fact: GrantClosed, wrong: WrongOf) -> None:
        self._grants.closed(fact, wrong("grant"))

    def _passed(self, fact: FlowUnauthorised, wrong: WrongOf) -> None:
        self.tally.unauthorised += 1
        self.tally.unauthorised_ml += fact.volume_ml
        self._meters.passed(fact, wrong("meter"))

    def _unseen(self, fact: FlowUncounted, wrong: WrongOf) -> None:
        self.tally.uncounted_ml += fact.bound_ml
        self._meters.unseen(fact, wrong("meter"))

    def _forked(self, fact: LedgerForked, wrong: WrongOf) -> None:
        wrong("fork")("one history of this ledger", f"central held another: {fact.detail}")

    def _wrong(self, kind: Kind, place: Place, expected: object, found: object) -> None:
        self._findings.add(kind, place, expected, found)


_STEPS: dict[type[Fact], Callable[[History, Any, WrongOf], None]] = {
    SaleCompleted: History._sold,
    SaleRefused: History._refused,
    GatewayBooted: History._booted,
    GrantActivated: History._activated,
    GrantReported: History._reported,
    GrantClosed: History._closed,
    FlowUnauthorised: History._passed,
    FlowUncounted: History._unseen,
    PumpFaulted: History._faulted,
    LedgerForked: History._forked,
}
