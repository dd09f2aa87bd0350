"""A shift's running totals, one entry of the ledger after the other.

Every entry is in exactly one sum: a shift's, or that of the time between two shifts. So all
openings and closings, with what has come since, add up to the ledger.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from gateway.core.facts import (
    TYPE_OF,
    CalibrationDrawn,
    FlowBypassed,
    FlowUnauthorised,
    FlowUncounted,
    Part,
    PumpLine,
    SaleCompleted,
    SaleCorrected,
    SaleRefused,
    ShiftClosed,
    ShiftOpened,
    SoldLine,
    VoucherEntered,
)
from gateway.core.facts.declared import DECLARED_MODE
from gateway.core.facts.shifts import MOST_LINES
from gateway.core.log import Entry
from gateway.core.sale import METERED_MODE
from gateway.core.shift import Begun, Guess, Shift

_REST = ""
"""Key of the line for what found no line of its own."""


class Running:
    """A shift in the making: takes entries up in place."""

    def __init__(self, shift: Shift) -> None:
        self._number, self._begun = shift.number, shift.begun
        self._sold, self._pumps = dict(shift.sold), dict(shift.pumps)
        self._estimated, self._overridden = shift.estimated, shift.overridden
        self._vouchers, self._declared = shift.vouchers, shift.declared
        self._refusals, self._readings = dict(shift.refusals), dict(shift.readings)
        self._guesses = dict(shift.guesses)

    @property
    def shift(self) -> Shift:
        """As it is now; further entries leave it as it is."""
        return Shift(
            self._number,
            self._begun,
            dict(self._sold),
            dict(self._pumps),
            self._estimated,
            self._overridden,
            self._vouchers,
            self._declared,
            dict(self._refusals),
            dict(self._readings),
            dict(self._guesses),
        )

    def take(self, entry: Entry) -> None:
        """Its fields are within their bounds: that was checked when it was written."""
        step = _STEPS.get(entry.type)
        if step is not None:
            step(self, entry.data, entry)

    def _opened(self, data: dict[str, Any], entry: Entry) -> None:
        self._number = data["number"]
        passed = [line["pump"] for line in data["since"]["pumps"] if line["unauthorised"]]
        self._begun = Begun(entry.sequence, entry.time, data["by"], tuple(passed))
        self._from_here(data)

    def _closed(self, data: dict[str, Any], _entry: Entry) -> None:
        self._number = data["number"]
        self._begun = None
        self._from_here(data)

    def _from_here(self, data: dict[str, Any]) -> None:
        self._sold, self._pumps, self._refusals = {}, {}, {}
        self._estimated = self._overridden = Part()
        self._vouchers = self._declared = Part()
        for reading in data["readings"]:
            self._readings[reading["pump"]] = reading["end_ml"]

    def _sale(self, data: dict[str, Any], _entry: Entry) -> None:
        pump, volume_ml, amount_idr = data["pump"], data["volume_ml"], data["amount_idr"]
        of = data["product"], data["price_idr_per_l"], data["department"]
        key, line = self._line_of(*of)
        self._sold[key] = replace(
            line,
            fills=line.fills + 1,
            volume_ml=line.volume_ml + volume_ml,
            amount_idr=line.amount_idr + amount_idr,
        )
        if data["mode"] == METERED_MODE:
            self._flowed(pump, sold_ml=data["metered_ml"])
            self._guesses.pop(pump, None)
        elif data["mode"] == DECLARED_MODE:
            self._declared = _more(self._declared, volume_ml)
        if data["estimated"]:
            self._estimated = _more(self._estimated, volume_ml)
            self._guesses[pump] = Guess(data["sale"], *of, data["metered_ml"], amount_idr)
        if data.get("override_by") is not None:
            self._overridden = _more(self._overridden, volume_ml)

    def _corrected(self, data: dict[str, Any], _entry: Entry) -> None:
        """Of a sale of this shift or of one before: what comes back is this one's."""
        pump = data["pump"]
        guess = self._guesses.get(pump)
        if guess is None or guess.sale != data["sale"]:
            return
        del self._guesses[pump]
        key, line = self._line_of(guess.product, guess.price_idr_per_l, guess.department)
        self._sold[key] = replace(
            line,
            returned_ml=line.returned_ml + data["returned_ml"],
            returned_idr=line.returned_idr + max(0, guess.amount_idr - data["amount_idr"]),
        )
        self._flowed(pump, sold_ml=max(0, data["volume_ml"] - guess.metered_ml))

    def _line_of(self, product: str, price_idr_per_l: int, department: str) -> tuple[str, SoldLine]:
        """A line and its key; once there are too many, the one for all the rest."""
        key = f"{product} {price_idr_per_l} {department}"
        line = self._sold.get(key)
        if line is not None:
            return key, line
        if len(self._sold) < MOST_LINES:
            return key, SoldLine(
                product=product, price_idr_per_l=price_idr_per_l, department=department
            )
        none = SoldLine(product=None, price_idr_per_l=None, department=None)
        return _REST, self._sold.get(_REST, none)

    def _entered(self, data: dict[str, Any], _entry: Entry) -> None:
        self._vouchers = _more(self._vouchers, data["volume_ml"])

    def _refused(self, data: dict[str, Any], _entry: Entry) -> None:
        code = data["code"]
        self._refusals[code] = self._refusals.get(code, 0) + 1

    def _passed(self, data: dict[str, Any], _entry: Entry) -> None:
        self._flowed(data["pump"], unauthorised=1, unauthorised_ml=data["volume_ml"])

    def _bypassed(self, data: dict[str, Any], _entry: Entry) -> None:
        self._flowed(data["pump"], bypassed_ml=data["volume_ml"])

    def _unseen(self, data: dict[str, Any], _entry: Entry) -> None:
        self._flowed(data["pump"], uncounted_ml=data["bound_ml"])

    def _drawn(self, data: dict[str, Any], _entry: Entry) -> None:
        self._flowed(data["pump"], drawn_ml=data["volume_ml"], uncounted_ml=data["unseen_ml"])

    def _flowed(self, pump: int, **more: int) -> None:
        line = self._pumps.get(pump) or PumpLine(pump=pump)
        sums = {name: getattr(line, name) + value for name, value in more.items()}
        self._pumps[pump] = replace(line, **sums)


def _more(part: Part, volume_ml: int) -> Part:
    return Part(count=part.count + 1, volume_ml=part.volume_ml + volume_ml)


_STEPS: MappingProxyType[str, Callable[[Running, dict[str, Any], Entry], None]] = MappingProxyType(
    {
        TYPE_OF[ShiftOpened]: Running._opened,
        TYPE_OF[ShiftClosed]: Running._closed,
        TYPE_OF[SaleCompleted]: Running._sale,
        TYPE_OF[SaleCorrected]: Running._corrected,
        TYPE_OF[VoucherEntered]: Running._entered,
        TYPE_OF[SaleRefused]: Running._refused,
        TYPE_OF[FlowUnauthorised]: Running._passed,
        TYPE_OF[FlowBypassed]: Running._bypassed,
        TYPE_OF[FlowUncounted]: Running._unseen,
        TYPE_OF[CalibrationDrawn]: Running._drawn,
    }
)
COUNTED = frozenset(_STEPS)
"""Types of the entries that a shift's sums are made of."""
