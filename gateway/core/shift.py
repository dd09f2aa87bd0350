"""What a shift came to so far, and the facts that open and close one. `Running` keeps it up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.core.facts import (
    Part,
    PumpLine,
    PumpReading,
    RefusedLine,
    ShiftClosed,
    ShiftOpened,
    ShiftTotals,
    SoldLine,
)


@dataclass(frozen=True, slots=True)
class Begun:
    """Whose the open shift is."""

    sequence: int
    time: str
    by: str
    passed: tuple[int, ...] = ()
    """Pumps past whose shut valves fuel had flowed before, while no shift was open: its own sheet
    is the first that says it."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A pump's newest fill, while it is an estimate that may be corrected."""

    sale: str
    product: str
    price_idr_per_l: int
    department: str
    metered_ml: int
    amount_idr: int


@dataclass(frozen=True, slots=True)
class Shift:
    """The state of the fold. Kept in a balance, and so in each checkpoint."""

    number: int = 0
    """Of the newest shift that was opened."""
    begun: Begun | None = None
    """None: no shift is open."""
    sold: Mapping[str, SoldLine] = field(default_factory=dict)
    pumps: Mapping[int, PumpLine] = field(default_factory=dict)
    estimated: Part = field(default_factory=Part)
    overridden: Part = field(default_factory=Part)
    vouchers: Part = field(default_factory=Part)
    declared: Part = field(default_factory=Part)
    refusals: Mapping[str, int] = field(default_factory=dict)
    readings: Mapping[int, int] = field(default_factory=dict)
    """By pump: its totaliser at the newest opening or closing."""
    guesses: Mapping[int, Guess] = field(default_factory=dict)

    @property
    def totals(self) -> ShiftTotals:
        """Since the newest opening or closing."""
        return ShiftTotals(
            sold=sorted(self.sold.values(), key=_order),
            pumps=[self.pumps[pump] for pump in sorted(self.pumps)],
            estimated=self.estimated,
            overridden=self.overridden,
            vouchers=self.vouchers,
            declared=self.declared,
            refusals=[
                RefusedLine(code=code, count=self.refusals[code]) for code in sorted(self.refusals)
            ],
        )

    def readings_to(self, totaliser_ml: Mapping[int, int]) -> list[PumpReading]:
        """From the newest opening or closing to now. A totaliser never falls: a start forgets
        what had flowed while shut and was too little for an alarm."""
        return [
            PumpReading(
                pump=pump,
                start_ml=self.readings.get(pump),
                end_ml=max(now_ml, self.readings.get(pump, 0)),
            )
            for pump, now_ml in sorted(totaliser_ml.items())
        ]


NO_SHIFT = Shift()
"""At the beginning of a ledger."""


def opening(shift: Shift, by: str, totaliser_ml: Mapping[int, int]) -> ShiftOpened:
    """ValueError if one is open. `totaliser_ml`: by pump, as PumpReading says."""
    if shift.begun is not None:
        raise ValueError(
            f"shift {shift.number} of {shift.begun.by} is open since {shift.begun.time}: close it "
            "first"
        )
    return ShiftOpened(
        number=shift.number + 1,
        by=by,
        since=shift.totals,
        readings=shift.readings_to(totaliser_ml),
    )


def closing(shift: Shift, by: str, totaliser_ml: Mapping[int, int]) -> ShiftClosed:
    """ValueError if none is open."""
    begun = shift.begun
    if begun is None:
        raise ValueError("no shift is open: open one first")
    return ShiftClosed(
        number=shift.number,
        by=by,
        opened_by=begun.by,
        opened=begun.time,
        opened_at=begun.sequence,
        totals=shift.totals,
        readings=shift.readings_to(totaliser_ml),
    )


def quiet(opened: ShiftOpened) -> bool:
    """Nothing happened and nothing flowed between the closing before and this opening."""
    flowed = any(one.start_ml not in (None, one.end_ml) for one in opened.readings)
    return opened.since == NO_SHIFT.totals and not flowed


def joined(before: ShiftClosed | None, opened: ShiftOpened, closed: ShiftClosed) -> bool:
    """Each pump's totaliser goes on at the opening where it stood at the closing before, and in
    the shift where it stood at its opening. `before` is None for the first shift of a ledger."""
    stood = {one.pump: one.end_ml for one in before.readings} if before is not None else {}
    began = {one.pump: one.end_ml for one in opened.readings}
    return all(
        one.start_ml == at.get(one.pump, one.start_ml)
        for at, turn in ((stood, opened), (began, closed))
        for one in turn.readings
    )


def unexplained_ml(reading: PumpReading, line: PumpLine) -> int | None:
    """Counted by a pump and in no entry: at most what is too little for an alarm. None where
    there is nothing to count from."""
    if reading.start_ml is None:
        return None
    recorded_ml = line.sold_ml + line.drawn_ml + line.unauthorised_ml + line.bypassed_ml
    return reading.end_ml - reading.start_ml - recorded_ml


def _order(line: SoldLine) -> tuple[bool, str, int, str]:
    """The line for the rest is the last."""
    rest = line.product is None
    return rest, line.product or "", line.price_idr_per_l or 0, line.department or ""
