"""What subjects may still take here: the ledger folded into grants, day counts and meters.

Never stored: rebuilt from the ledger at start and kept up to date with each commit's entries.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from types import MappingProxyType

import msgspec
from msgspec import Struct

from gateway.core.facts import TYPE_OF, Charge, FlowUnauthorised, GrantActivated, SaleCompleted
from gateway.core.log import Entry


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A grant activated in this incarnation, with what completed sales took from it."""

    grant_no: int
    period: str
    volume_ml: int
    not_before: str
    not_after: str
    """Last millisecond at which it serves."""
    spent_ml: int = 0

    def serves(self, now_utc: str, period: str) -> bool:
        return self.period == period and self.not_before <= now_utc <= self.not_after


@dataclass(frozen=True, slots=True)
class Day:
    """What a subject took on the newest day (in the city's zone) on which it took any."""

    day: date
    volume_ml: int
    visits: int


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of one subject."""

    grants: tuple[HeldGrant, ...] = ()
    """Oldest first."""
    overrun_ml: int = 0
    """Passed a failed valve since its newest grant. Central takes it off the next one it
    mints; until that is active, it is held against the grants at hand."""
    day: Day | None = None


_UNKNOWN = Account()


@dataclass(frozen=True, slots=True)
class Balance:
    """The state of the fold; `fold` makes the next one."""

    zone: tzinfo
    """The city's, in which days begin."""
    accounts: Mapping[str, Account] = field(default_factory=dict)
    """By subject."""
    subject_of: Mapping[int, str] = field(default_factory=dict)
    """By grant number."""
    totaliser_ml: Mapping[int, int] = field(default_factory=dict)
    """By pump: the most its meter is known to have counted. It never falls: an estimated sale
    knows no end, and a sale that is written late stands after the flow that followed it."""
    high_water: int = 0
    """Highest grant ever activated; none at or below it is activated again."""

    def account(self, subject: str) -> Account:
        """An empty one for a subject that never had a grant or a sale here."""
        return self.accounts.get(subject, _UNKNOWN)

    def remaining_ml(
        self, subject: str, now_utc: str, period: str, reserved: Iterable[Charge] = ()
    ) -> int:
        """Active grants − spent − reserved by open sessions; negative only after an overrun.

        `now_utc` is UTC text as in entries, `period` the month in the city's zone.
        """
        free_ml = sum(ml for _, ml in self._free(subject, now_utc, period, reserved))
        return free_ml - self.account(subject).overrun_ml

    def split(
        self,
        subject: str,
        volume_ml: int,
        now_utc: str,
        period: str,
        reserved: Iterable[Charge] = (),
    ) -> list[Charge]:
        """Take a volume from what is free, oldest grant first; ValueError if there is less."""
        remaining_ml = self.remaining_ml(subject, now_utc, period, reserved := tuple(reserved))
        if not 0 <= volume_ml <= max(0, remaining_ml):
            raise ValueError(f"{volume_ml} ml of {subject}: expected 0 to {remaining_ml} ml")
        charges = []
        for grant, free_ml in self._free(subject, now_utc, period, reserved):
            taken_ml = min(free_ml, volume_ml)
            if taken_ml > 0:
                charges.append(Charge(grant.grant_no, taken_ml))
                volume_ml -= taken_ml
        return charges

    def today(self, subject: str, today: date | None) -> Day | None:
        """Volume and visits of a day in the city's zone; None where there was no visit.

        `today` is None while the clock is in doubt: then the last day known still counts.
        """
        day = self.account(subject).day
        return day if day is not None and today in (None, day.day) else None

    def _free(
        self, subject: str, now_utc: str, period: str, reserved: Iterable[Charge]
    ) -> list[tuple[HeldGrant, int]]:
        held: dict[int, int] = {}
        for charge in reserved:
            held[charge.grant_no] = held.get(charge.grant_no, 0) + charge.volume_ml
        return [
            (grant, grant.volume_ml - grant.spent_ml - held.get(grant.grant_no, 0))
            for grant in self.account(subject).grants
            if grant.serves(now_utc, period)
        ]


def fold(balance: Balance, entries: Iterable[Entry]) -> Balance:
    """All entries in order, of which the balance has seen none yet.

    ValueError if a sale charges a grant that was never activated here.
    """
    folding = _Folding(
        balance.zone,
        dict(balance.accounts),
        dict(balance.subject_of),
        dict(balance.totaliser_ml),
        balance.high_water,
    )
    for entry in entries:
        step = _STEPS.get(entry.type)
        if step is not None:
            step(folding, entry)
    return Balance(
        balance.zone,
        folding.accounts,
        folding.subject_of,
        folding.totaliser_ml,
        folding.high_water,
    )


def apply(balance: Balance, entry: Entry) -> Balance:
    """The balance after one more entry of the ledger; ValueError as for `fold`."""
    return fold(balance, [entry])


class _Sale(Struct, frozen=True):
    """What the balance needs of a SaleCompleted; its bounds were checked when it was written."""

    pump: int
    subject: str
    volume_ml: int
    overrun_ml: int
    charges: list[Charge]
    totaliser_start_ml: int
    totaliser_end_ml: int | None
    metered_ml: int
    started: str
    clock: str


@dataclass(slots=True)
class _Folding:
    """A balance in the making: one set of dicts for a whole ledger, not one an entry."""

    zone: tzinfo
    accounts: dict[str, Account]
    subject_of: dict[int, str]
    totaliser_ml: dict[int, int]
    high_water: int

    def activated(self, entry: Entry) -> None:
        grant = msgspec.convert(entry.data, GrantActivated)
        if grant.grant_no <= self.high_water:
            return
        held = HeldGrant(
            grant.grant_no, grant.period, grant.volume_ml, grant.not_before, grant.not_after
        )
        before = self.accounts.get(grant.subject, _UNKNOWN)
        self.accounts[grant.subject] = Account((*before.grants, held), 0, before.day)
        self.subject_of[grant.grant_no] = grant.subject
        self.high_water = grant.grant_no

    def sold(self, entry: Entry) -> None:
        sale = msgspec.convert(entry.data, _Sale)
        for charge in sale.charges:
            owner = self.subject_of.get(charge.grant_no)
            if owner is None:
                raise ValueError(
                    f"entry {entry.sequence} charges grant {charge.grant_no}, never activated here"
                )
            self.accounts[owner] = _charged(self.accounts[owner], charge)
        account = self.accounts.get(sale.subject, _UNKNOWN)
        overrun_ml = account.overrun_ml + sale.overrun_ml
        day = _day(account.day, sale, self.zone)
        self.accounts[sale.subject] = Account(account.grants, overrun_ml, day)
        end_ml = sale.totaliser_end_ml
        if end_ml is None:
            end_ml = sale.totaliser_start_ml + sale.metered_ml
        self._counted(sale.pump, end_ml)

    def passed(self, entry: Entry) -> None:
        flow = msgspec.convert(entry.data, FlowUnauthorised)
        self._counted(flow.pump, flow.totaliser_end_ml)

    def _counted(self, pump: int, end_ml: int) -> None:
        self.totaliser_ml[pump] = max(end_ml, self.totaliser_ml.get(pump, 0))


def _charged(account: Account, charge: Charge) -> Account:
    grants = tuple(
        replace(grant, spent_ml=grant.spent_ml + charge.volume_ml)
        if grant.grant_no == charge.grant_no
        else grant
        for grant in account.grants
    )
    return Account(grants, account.overrun_ml, account.day)


def _day(before: Day | None, sale: _Sale, zone: tzinfo) -> Day:
    """The day a fill began counts; while the clock is in doubt, no new day begins."""
    day = datetime.fromisoformat(sale.started).astimezone(zone).date()
    if before is None or (day != before.day and sale.clock == "good"):
        return Day(day, sale.volume_ml, 1)
    return Day(before.day, before.volume_ml + sale.volume_ml, before.visits + 1)


_STEPS = MappingProxyType(
    {
        TYPE_OF[GrantActivated]: _Folding.activated,
        TYPE_OF[SaleCompleted]: _Folding.sold,
        TYPE_OF[FlowUnauthorised]: _Folding.passed,
    }
)
