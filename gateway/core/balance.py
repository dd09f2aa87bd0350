"""What subjects may still take here: the ledger folded into grants, day counts and meters.

Never stored: rebuilt from the ledger at start and kept up to date with each commit's entries.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from types import MappingProxyType

import msgspec

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
    """The state of the fold; `apply` makes the next one."""

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
    """All entries in order, of which the balance has seen none yet."""
    for entry in entries:
        balance = apply(balance, entry)
    return balance


def apply(balance: Balance, entry: Entry) -> Balance:
    """The balance after one more entry of the ledger.

    ValueError if a sale charges a grant that was never activated here.
    """
    step = _STEPS.get(entry.type)
    return balance if step is None else step(balance, entry)


def _activated(balance: Balance, entry: Entry) -> Balance:
    grant = msgspec.convert(entry.data, GrantActivated)
    if grant.grant_no <= balance.high_water:
        return balance
    held = HeldGrant(
        grant.grant_no, grant.period, grant.volume_ml, grant.not_before, grant.not_after
    )
    before = balance.account(grant.subject)
    account = replace(before, grants=(*before.grants, held), overrun_ml=0)
    return replace(
        balance,
        accounts={**balance.accounts, grant.subject: account},
        subject_of={**balance.subject_of, grant.grant_no: grant.subject},
        high_water=grant.grant_no,
    )


def _sold(balance: Balance, entry: Entry) -> Balance:
    sale = msgspec.convert(entry.data, SaleCompleted)
    accounts = dict(balance.accounts)
    for charge in sale.charges:
        owner = balance.subject_of.get(charge.grant_no)
        if owner is None:
            raise ValueError(
                f"entry {entry.sequence} charges grant {charge.grant_no}, never activated here"
            )
        accounts[owner] = _charged(accounts[owner], charge)
    account = accounts.get(sale.subject, _UNKNOWN)
    accounts[sale.subject] = replace(
        account,
        overrun_ml=account.overrun_ml + sale.overrun_ml,
        day=_day(account.day, sale, balance.zone),
    )
    end_ml = sale.totaliser_end_ml
    if end_ml is None:
        end_ml = sale.totaliser_start_ml + sale.metered_ml
    return replace(
        balance, accounts=accounts, totaliser_ml=_raised(balance.totaliser_ml, sale.pump, end_ml)
    )


def _raised(totaliser_ml: Mapping[int, int], pump: int, end_ml: int) -> Mapping[int, int]:
    return {**totaliser_ml, pump: max(end_ml, totaliser_ml.get(pump, 0))}


def _charged(account: Account, charge: Charge) -> Account:
    return replace(
        account,
        grants=tuple(
            replace(grant, spent_ml=grant.spent_ml + charge.volume_ml)
            if grant.grant_no == charge.grant_no
            else grant
            for grant in account.grants
        ),
    )


def _day(before: Day | None, sale: SaleCompleted, zone: tzinfo) -> Day:
    """The day a fill began counts; while the clock is in doubt, no new day begins."""
    day = datetime.fromisoformat(sale.started).astimezone(zone).date()
    if before is None or (day != before.day and sale.clock == "good"):
        return Day(day, sale.volume_ml, 1)
    return Day(before.day, before.volume_ml + sale.volume_ml, before.visits + 1)


def _passed(balance: Balance, entry: Entry) -> Balance:
    flow = msgspec.convert(entry.data, FlowUnauthorised)
    raised = _raised(balance.totaliser_ml, flow.pump, flow.totaliser_end_ml)
    return replace(balance, totaliser_ml=raised)


_STEPS = MappingProxyType(
    {
        TYPE_OF[GrantActivated]: _activated,
        TYPE_OF[SaleCompleted]: _sold,
        TYPE_OF[FlowUnauthorised]: _passed,
    }
)
