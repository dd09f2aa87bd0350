"""What a shift, or the time before it, came to: by product, price and department, in integers.

Page, PDF and tests have these alone, so that no two of them can differ.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

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
from gateway.core.shift import unexplained_ml


class Sold(NamedTuple):
    """A row of what was sold; a name that is None stands for all, or for what had no line."""

    product: str | None = None
    price_idr_per_l: int | None = None
    department: str | None = None
    fills: int = 0
    volume_ml: int = 0
    """Less what came back by corrections; below 0 where only a correction came."""
    amount_idr: int = 0
    returned_ml: int = 0

    def plus(self, line: SoldLine) -> "Sold":
        return self._replace(
            fills=self.fills + line.fills,
            volume_ml=self.volume_ml + line.volume_ml - line.returned_ml,
            amount_idr=self.amount_idr + line.amount_idr - line.returned_idr,
            returned_ml=self.returned_ml + line.returned_ml,
        )


class Through(NamedTuple):
    """A pump's totaliser against its entries, in ml; None: there is nothing to count from."""

    pump: int
    start_ml: int | None
    end_ml: int | None
    flowed_ml: int | None
    line: PumpLine
    unexplained_ml: int | None
    """Counted and in no entry."""

    @property
    def unexplained_parts(self) -> int | None:
        """Of a hundred thousand that flowed, towards zero; None where nothing did."""
        if self.unexplained_ml is None or not self.flowed_ml:
            return None
        parts = abs(self.unexplained_ml) * 100_000 // self.flowed_ml
        return parts if self.unexplained_ml >= 0 else -parts


class Figures(NamedTuple):
    """Of one shift, or of the time before it in which none was open."""

    by_price: list[Sold]
    """Product and price."""
    by_department: list[Sold]
    lines: list[Sold]
    """Product, price and department."""
    total: Sold
    pumps: list[Through]
    metered_ml: int
    """Of the sales, as the pumps' meters counted them."""
    guessed_ml: int
    """What is charged beyond that for estimated sales; below 0 where such were corrected."""
    vouchers: Part
    declared: Part
    estimated: Part
    overridden: Part
    refusals: list[RefusedLine]


def figures_of(shift: ShiftClosed) -> Figures:
    return _figures(shift.totals, shift.readings)


def figures_before(opened: ShiftOpened) -> Figures:
    """From the closing before to this opening."""
    return _figures(opened.since, opened.readings)


def _figures(totals: ShiftTotals, readings: list[PumpReading]) -> Figures:
    metered_ml = sum(line.sold_ml for line in totals.pumps)
    return Figures(
        by_price=_by(totals.sold, lambda line: (line.product, line.price_idr_per_l, None)),
        by_department=_by(totals.sold, lambda line: (None, None, line.department)),
        lines=_by(totals.sold, lambda line: (line.product, line.price_idr_per_l, line.department)),
        total=_sum(Sold(), totals.sold),
        pumps=list(_pumps(totals, readings)),
        metered_ml=metered_ml,
        guessed_ml=totals.volume_ml
        - metered_ml
        - totals.vouchers.volume_ml
        - totals.declared.volume_ml,
        vouchers=totals.vouchers,
        declared=totals.declared,
        estimated=totals.estimated,
        overridden=totals.overridden,
        refusals=totals.refusals,
    )


Key = tuple[str | None, int | None, str | None]


def _by(lines: Iterable[SoldLine], key: Callable[[SoldLine], Key]) -> list[Sold]:
    """Added up by a key; the line for the rest is the last."""
    found: dict[Key, Sold] = {}
    for line in lines:
        of = key(line)
        found[of] = found.get(of, Sold(*of)).plus(line)
    return sorted(found.values(), key=_order)


def _order(row: Sold) -> tuple[bool, str, int, str]:
    rest = row.product is None and row.department is None
    return rest, row.product or "", row.price_idr_per_l or 0, row.department or ""


def _sum(total: Sold, lines: Iterable[SoldLine]) -> Sold:
    for line in lines:
        total = total.plus(line)
    return total


def _pumps(totals: ShiftTotals, readings: list[PumpReading]) -> Iterator[Through]:
    """Also one that has entries and was not read: it has been taken out of the configuration."""
    lines = {line.pump: line for line in totals.pumps}
    read = {reading.pump: reading for reading in readings}
    for pump in sorted({*lines, *read}):
        line, reading = lines.get(pump) or PumpLine(pump=pump), read.get(pump)
        if reading is None:
            yield Through(pump, None, None, None, line, None)
            continue
        start_ml, end_ml = reading.start_ml, reading.end_ml
        flowed_ml = None if start_ml is None else end_ml - start_ml
        yield Through(pump, start_ml, end_ml, flowed_ml, line, unexplained_ml(reading, line))
