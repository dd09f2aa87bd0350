"""A balance in the making: what each entry of the ledger changes in it."""

from dataclasses import dataclass
from datetime import tzinfo
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from gateway.core.accounts import (
    UNKNOWN,
    Account,
    Day,
    Gap,
    HeldGrant,
    account_of,
    began_on,
    next_day,
    with_grant,
    without,
)
from gateway.core.clock import is_trusted
from gateway.core.declaring import MOST_RECEIPTS, receipt_of
from gateway.core.facts import (
    TYPE_OF,
    CalibrationDrawn,
    FlowBypassed,
    FlowUnauthorised,
    GrantActivated,
    GrantClosed,
    GrantReported,
    GrantRequested,
    GrantsSkipped,
    OverrideGranted,
    SaleCancelled,
    SaleCompleted,
    SaleCorrected,
    SaleDeclared,
    SaleReserved,
    VoucherEntered,
)
from gateway.core.log import Entry
from gateway.core.meters import Meter
from gateway.core.odometer import Read
from gateway.core.paper_number import paper_number
from gateway.core.sale import METERED_MODE, Sold


@dataclass(slots=True)
class Folding:
    """A balance in the making: one set of dicts for a whole ledger, not one an entry."""

    zone: tzinfo
    accounts: dict[str, Account]
    holder_of: dict[int, str]
    totaliser_ml: dict[int, int]
    high_water: int
    never_held: list[Gap]
    periods: dict[str, tuple[str, str]]
    meters: dict[int, Meter]
    readings: dict[str, Read]
    vouchers: dict[str, int]
    reservations: dict[str, SaleReserved]
    receipts: dict[str, int]
    overrides: Day | None

    def activated(self, entry: Entry) -> None:
        grant = msgspec.convert(entry.data, GrantActivated)
        if grant.grant_no <= self.high_water:
            return
        held = HeldGrant(
            grant.grant_no, grant.period, grant.volume_ml, grant.not_before, grant.not_after
        )
        holder = account_of(grant.kind, grant.subject)
        before = self.accounts.get(holder, UNKNOWN)
        # A grant of nothing says that central has no more.
        asked = None if grant.volume_ml else before.asked
        settled = grant.period > before.overrun_period
        self.accounts[holder] = replace(
            before,
            grants=(*before.grants, held),
            overrun_ml=0 if settled else before.overrun_ml,
            asked=asked,
        )
        self.holder_of[grant.grant_no] = holder
        first, last = self.periods.get(grant.period, (grant.not_before, grant.not_before))
        self.periods[grant.period] = (min(first, grant.not_before), max(last, grant.not_before))
        self._raise(grant.grant_no)

    def closed(self, entry: Entry) -> None:
        grant_no = msgspec.convert(entry.data, GrantClosed).grant_no
        holder = self.holder_of.pop(grant_no, None)
        if holder is not None:
            before = self.accounts[holder]
            kept = tuple(grant for grant in before.grants if grant.grant_no != grant_no)
            self.accounts[holder] = replace(before, grants=kept)
        elif grant_no > self.high_water:
            self._raise(grant_no)
        else:
            self.never_held = list(without(self.never_held, grant_no))

    def skipped(self, entry: Entry) -> None:
        fact = msgspec.convert(entry.data, GrantsSkipped)
        if self.high_water + 1 == fact.first <= fact.last:
            self.high_water = fact.last

    def reported(self, entry: Entry) -> None:
        grant_no = msgspec.convert(entry.data, GrantReported).grant_no
        holder = self.holder_of.get(grant_no)
        if holder is not None:
            account = self.accounts[holder]
            self.accounts[holder] = with_grant(account, grant_no, spent_ml=0, recalled=True)

    def requested(self, entry: Entry) -> None:
        asked = msgspec.convert(entry.data, GrantRequested)
        holder = account_of(asked.kind, asked.subject)
        self.accounts[holder] = replace(self.accounts.get(holder, UNKNOWN), asked=asked.period)

    def sold(self, entry: Entry) -> None:
        sale = msgspec.convert(entry.data, Sold)
        for charge in sale.charges:
            holder = self.holder_of.get(charge.grant_no)
            if holder is None:
                raise ValueError(
                    f"entry {entry.sequence} charges grant {charge.grant_no}, never activated "
                    "here or closed before"
                )
            self.accounts[holder] = with_grant(
                self.accounts[holder], charge.grant_no, spent_ml=charge.volume_ml
            )
            if holder != sale.subject:
                self._taken(holder, charge.volume_ml, sale)
        self._taken(sale.subject, sale.volume_ml, sale)
        if sale.meter is not None and not sale.meter.doubtful:
            self.readings[sale.subject] = Read(sale.started, sale.meter.reading)
        if sale.overrun_ml:
            account = self.accounts[sale.subject]
            months = [held.period for held in account.grants]
            months.append(f"{began_on(sale.started, self.zone):%Y-%m}")
            self.accounts[sale.subject] = replace(
                account,
                overrun_ml=account.overrun_ml + sale.overrun_ml,
                overrun_period=max(account.overrun_period, *months),
            )
        end_ml = sale.totaliser_end_ml
        if end_ml is None:
            end_ml = sale.totaliser_start_ml + sale.metered_ml
        self._counted(sale.pump, end_ml)

    def corrected(self, entry: Entry) -> None:
        """What a closed grant was charged stays with it until a person decides."""
        fact = msgspec.convert(entry.data, SaleCorrected)
        for charge in fact.returned:
            holder = self.holder_of.get(charge.grant_no)
            if holder is not None:
                account = self.accounts[holder]
                self.accounts[holder] = with_grant(
                    account, charge.grant_no, spent_ml=-charge.volume_ml
                )
        account = self.accounts.get(fact.subject, UNKNOWN)
        day = began_on(fact.started, self.zone)
        if account.day is not None and account.day.day == day:
            taken_ml = max(0, account.day.volume_ml - fact.returned_ml)
            self.accounts[fact.subject] = replace(
                account, day=replace(account.day, volume_ml=taken_ml)
            )
        self._counted(fact.pump, fact.totaliser_end_ml)

    def overridden(self, entry: Entry) -> None:
        day, trusted = began_on(entry.time, self.zone), is_trusted(entry.data["clock"])
        self.overrides = next_day(self.overrides, 0, day, trusted=trusted)

    def passed(self, entry: Entry) -> None:
        """Flow that no vehicle is charged."""
        self._counted(entry.data["pump"], entry.data["totaliser_end_ml"])

    def entered(self, entry: Entry) -> None:
        self.vouchers.setdefault(paper_number(entry.data["serial"]), entry.sequence)

    def reserved(self, entry: Entry) -> None:
        self.reservations[entry.data["sale"]] = msgspec.convert(entry.data, SaleReserved)

    def cancelled(self, entry: Entry) -> None:
        self.reservations.pop(entry.data["sale"], None)

    def declared(self, entry: Entry) -> None:
        """Its sale, in the entry before, has charged it."""
        self.cancelled(entry)
        known = receipt_of(entry.data["station"], entry.data["receipt_no"])
        self.receipts.setdefault(known, entry.sequence)
        if len(self.receipts) > MOST_RECEIPTS:
            # Not the first: a checkpoint keeps them in another order.
            del self.receipts[min(self.receipts, key=self.receipts.__getitem__)]

    def _raise(self, grant_no: int) -> None:
        if grant_no > self.high_water + 1:
            self.never_held.append((self.high_water + 1, grant_no - 1))
        self.high_water = grant_no

    def _taken(self, holder: str, volume_ml: int, sale: Sold) -> None:
        account = self.accounts.get(holder, UNKNOWN)
        began = began_on(sale.started, self.zone)
        if sale.mode != METERED_MODE and account.day is not None and began < account.day.day:
            return  # entered of a day before: it sets no count back
        day = next_day(account.day, volume_ml, began, trusted=is_trusted(sale.clock))
        self.accounts[holder] = replace(account, day=day)

    def _counted(self, pump: int, end_ml: int) -> None:
        self.totaliser_ml[pump] = max(end_ml, self.totaliser_ml.get(pump, 0))


STEPS = MappingProxyType(
    {
        TYPE_OF[GrantActivated]: Folding.activated,
        TYPE_OF[GrantClosed]: Folding.closed,
        TYPE_OF[GrantsSkipped]: Folding.skipped,
        TYPE_OF[GrantReported]: Folding.reported,
        TYPE_OF[GrantRequested]: Folding.requested,
        TYPE_OF[SaleCompleted]: Folding.sold,
        TYPE_OF[SaleCorrected]: Folding.corrected,
        TYPE_OF[VoucherEntered]: Folding.entered,
        TYPE_OF[SaleReserved]: Folding.reserved,
        TYPE_OF[SaleDeclared]: Folding.declared,
        TYPE_OF[SaleCancelled]: Folding.cancelled,
        TYPE_OF[OverrideGranted]: Folding.overridden,
        TYPE_OF[FlowUnauthorised]: Folding.passed,
        TYPE_OF[FlowBypassed]: Folding.passed,
        TYPE_OF[CalibrationDrawn]: Folding.passed,
    }
)
