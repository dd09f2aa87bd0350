"""The shifts of a station's attendants, and what each of them came to."""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.core.facts.fact import Fact
from gateway.core.fields import (
    AmountIdr,
    Count,
    Name,
    PersonName,
    PriceIdrPerL,
    PumpNumber,
    Sequence,
    UtcTime,
    VolumeMl,
)

MOST_LINES = 300
"""Of what was sold, in one shift: 43 departments, three products and two prices of each are 258.
Whatever is beyond them is in one line more."""


class SoldLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One product at one price to one department; None: all that found no line of its own."""

    product: Name | None
    price_idr_per_l: PriceIdrPerL | None
    department: Name | None
    fills: Count = 0
    volume_ml: VolumeMl = 0
    amount_idr: AmountIdr = 0
    returned_ml: VolumeMl = 0
    """By corrections of estimated sales, of this shift or of one before."""
    returned_idr: AmountIdr = 0


class PumpLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the entries say went through a pump's meter."""

    pump: PumpNumber
    sold_ml: VolumeMl = 0
    drawn_ml: VolumeMl = 0
    """Into a test can, and back into the tank."""
    unauthorised: Count = 0
    """How often."""
    unauthorised_ml: VolumeMl = 0
    bypassed_ml: VolumeMl = 0
    """By the key, past both contacts; what vouchers say of it is within `sold`, not here."""
    uncounted_ml: VolumeMl = 0
    """May have passed unseen, at most."""


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many, together so much."""

    count: Count = 0
    volume_ml: VolumeMl = 0


class RefusedLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often for this reason."""

    code: Name
    count: Count


class PumpReading(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pump's own totaliser; where a fill is open, as it was when that began."""

    pump: PumpNumber
    start_ml: VolumeMl | None
    """At the opening or closing before this one; None if this is the pump's first."""
    end_ml: VolumeMl


class ShiftTotals(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of all entries after one opening or closing and before the next."""

    sold: Annotated[list[SoldLine], Meta(max_length=MOST_LINES + 1)]
    """By product, price and department, in that order."""
    pumps: list[PumpLine]
    estimated: Part
    """Sales charged what they had reserved, as nobody counted them to the end; within `sold`."""
    overridden: Part
    """Sales that a supervisor's card allowed; within `sold`."""
    vouchers: Part
    """Entered, whenever the fuel was given; within `sold`, and through no meter."""
    declared: Part
    """At a third party's station, by a person's word; within `sold`, and through no meter."""
    refusals: list[RefusedLine]

    @property
    def volume_ml(self) -> int:
        """Sold, less what came back; negative where only a correction came."""
        return sum(line.volume_ml - line.returned_ml for line in self.sold)

    @property
    def amount_idr(self) -> int:
        """The same in rupiah."""
        return sum(line.amount_idr - line.returned_idr for line in self.sold)


class ShiftOpened(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attendant takes over."""

    number: Sequence
    """1 for the first of this ledger."""
    by: PersonName
    since: ShiftTotals
    """What happened since the closing before, when no shift was open."""
    readings: list[PumpReading]


class ShiftClosed(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of a shift's entries are before this one; a fill still open is the next shift's."""

    number: Sequence
    by: PersonName
    opened_by: PersonName
    opened: UtcTime
    opened_at: Sequence
    """The entry that opened it."""
    totals: ShiftTotals
    readings: list[PumpReading]
