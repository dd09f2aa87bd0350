"""What is held here: each vehicle's, station's and department's open grants and newest day.

A closed grant leaves nothing but the high-water mark: its close is in the ledger, and what is
neither open nor in `never_held`, at or below the mark, is closed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from msgspec import Struct
from msgspec.structs import replace

from gateway.core.facts import Charge, GrantKind, SaleReserved
from gateway.core.meters import Meter
from gateway.core.odometer import Read
from gateway.core.shift import NO_SHIFT, Shift


class HeldGrant(Struct, frozen=True):
    """A grant activated in this incarnation and not closed, with what sales took from it."""

    grant_no: int
    period: str
    volume_ml: int
    not_before: str
    not_after: str
    """Last millisecond at which it serves."""
    spent_ml: int = 0
    recalled: bool = False
    """Central wants it back while a fill draws on it: nothing more is taken from it."""

    def serves(self, now_utc: str, period: str) -> bool:
        in_time = self.period == period and self.not_before <= now_utc <= self.not_after
        return in_time and not self.recalled


class Day(Struct, frozen=True):
    """What was taken on the newest day (in the city's zone) on which any was."""

    day: date
    volume_ml: int
    visits: int


def began_on(time: str, zone: tzinfo) -> date:
    """The day of an instant, UTC text, in the city's zone."""
    return datetime.fromisoformat(time).astimezone(zone).date()


def next_day(before: Day | None, volume_ml: int, day: date, *, trusted: bool) -> Day:
    """The day a fill began counts; while the clock is not `trusted`, no new day begins."""
    if before is None or (day != before.day and trusted):
        return Day(day, volume_ml, 1)
    return Day(before.day, before.volume_ml + volume_ml, before.visits + 1)


class Account(Struct, frozen=True):
    """What is known of one holder of grants."""

    grants: tuple[HeldGrant, ...] = ()
    """Open ones, oldest first."""
    overrun_ml: int = 0
    """Passed a failed valve, and held against all grants until one of a month after
    `overrun_period` is active. Any other may have been on its way before central knew of it, or
    central had less left than to take it off. What it did take off counts twice until then, so
    that no month's quota is passed by an overrun a second time."""
    overrun_period: str = ""
    """Latest month of which a grant was open, or in which a fill began, when it passed."""
    day: Day | None = None
    asked: str | None = None
    """Period for which more was asked since the newest grant."""


UNKNOWN = Account()
"""Of a holder that never had a grant or a sale here."""


def account_of(kind: GrantKind, holder: str) -> str:
    """The account of a grant's holder: a vehicle's own name; a station's or a department's
    with its kind before it, which no vehicle can be named, for names have no "/"."""
    return holder if kind == "vehicle" else f"{kind}/{holder}"


Gap = tuple[int, int]
"""First and last of consecutive grant numbers."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The state of the fold; `fold` makes the next one."""

    zone: tzinfo
    """The city's, in which days begin."""
    accounts: Mapping[str, Account] = field(default_factory=dict)
    """By `account_of` their holder."""
    holder_of: Mapping[int, str] = field(default_factory=dict)
    """The account of each open grant, by number."""
    totaliser_ml: Mapping[int, int] = field(default_factory=dict)
    """By pump: the most its meter is known to have counted. It never falls: an estimated sale
    knows no end, and a sale that is written late stands after the flow that followed it."""
    high_water: int = 0
    """Highest grant ever activated or closed; none at or below it is activated again."""
    never_held: tuple[Gap, ...] = ()
    """What the mark leapt over, and no entry closes: nothing, in a ledger that says all it must."""
    periods: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """First and last beginning, UTC text, of all grants there ever were for a period."""
    meters: Mapping[int, Meter] = field(default_factory=dict)
    """By pump: its count against what was recorded."""
    shift: Shift = NO_SHIFT
    """What has come since the newest opening or closing of a shift."""
    readings: Mapping[str, Read] = field(default_factory=dict)
    """By subject: the last reading of its own meter that was believed."""
    vouchers: Mapping[str, int] = field(default_factory=dict)
    """Each voucher that was entered here, by `paper_number`, and the entry that says so."""
    reservations: Mapping[str, SaleReserved] = field(default_factory=dict)
    """By sale: at third parties' pumps, not yet declared or cancelled."""
    receipts: Mapping[str, int] = field(default_factory=dict)
    """The newest receipts that were declared here, and the entry of each."""
    overrides: Day | None = None
    """The newest day on which any was granted; its `visits` are how many."""

    def account(self, account: str) -> Account:
        """An empty one for a holder that never had a grant or a sale here."""
        return self.accounts.get(account, UNKNOWN)

    def grant(self, grant_no: int) -> HeldGrant | None:
        """An open grant; None for any other."""
        account = self.holder_of.get(grant_no)
        if account is None:
            return None
        return next(g for g in self.accounts[account].grants if g.grant_no == grant_no)

    @property
    def reserved(self) -> list[Charge]:
        """At third parties' pumps."""
        return [charge for each in self.reservations.values() for charge in each.reserved]

    def remaining_ml(
        self, account: str, now_utc: str, period: str, reserved: Iterable[Charge] = ()
    ) -> int:
        """Open grants − spent − reserved by open sessions; negative only after an overrun.

        `now_utc` is UTC text as in entries, `period` the month in the city's zone.
        """
        free_ml = sum(ml for _, ml in self._free(account, now_utc, period, reserved))
        return free_ml - self.account(account).overrun_ml

    def split(
        self,
        account: str,
        volume_ml: int,
        now_utc: str,
        period: str,
        reserved: Iterable[Charge] = (),
    ) -> list[Charge]:
        """Take a volume from what is free, oldest grant first; ValueError if there is less."""
        remaining_ml = self.remaining_ml(account, now_utc, period, reserved := tuple(reserved))
        if not 0 <= volume_ml <= max(0, remaining_ml):
            raise ValueError(f"{volume_ml} ml of {account}: expected 0 to {remaining_ml} ml")
        charges = []
        for grant, free_ml in self._free(account, now_utc, period, reserved):
            taken_ml = min(free_ml, volume_ml)
            if taken_ml > 0:
                charges.append(Charge(grant.grant_no, taken_ml))
                volume_ml -= taken_ml
        return charges

    def today(self, account: str, today: date | None) -> Day | None:
        """Volume and visits of a day in the city's zone; None where there was no visit.

        `today` is None while the clock is in doubt: then the last day known still counts.
        """
        day = self.account(account).day
        return day if day is not None and today in (None, day.day) else None

    def _free(
        self, account: str, now_utc: str, period: str, reserved: Iterable[Charge]
    ) -> list[tuple[HeldGrant, int]]:
        held: dict[int, int] = {}
        for charge in reserved:
            held[charge.grant_no] = held.get(charge.grant_no, 0) + charge.volume_ml
        return [
            (grant, grant.volume_ml - grant.spent_ml - held.get(grant.grant_no, 0))
            for grant in self.account(account).grants
            if grant.serves(now_utc, period)
        ]


def with_grant(
    account: Account, grant_no: int, *, spent_ml: int, recalled: bool = False
) -> Account:
    """So much more is spent of one grant, or it is recalled."""
    grants = tuple(
        replace(grant, spent_ml=grant.spent_ml + spent_ml, recalled=grant.recalled or recalled)
        if grant.grant_no == grant_no
        else grant
        for grant in account.grants
    )
    return replace(account, grants=grants)


def without(gaps: Iterable[Gap], grant_no: int) -> Iterable[Gap]:
    """The gaps but for this one number."""
    for first, last in gaps:
        if not first <= grant_no <= last:
            yield first, last
            continue
        if first < grant_no:
            yield first, grant_no - 1
        if grant_no < last:
            yield grant_no + 1, last
