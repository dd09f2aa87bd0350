"""The meters: what they counted is what was sold or drawn, what flowed unauthorised or by the
bypass key, or said to be less."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.audit.problems import Wrong
from gateway.audit.tally import Tally
from gateway.core.facts import (
    CalibrationDrawn,
    FlowBypassed,
    FlowUnauthorised,
    FlowUncounted,
    SaleCompleted,
    SaleCorrected,
)
from gateway.core.facts.vouchers import VOUCHER_MODE
from gateway.core.sale import METERED_MODE
from gateway.core.session_rules import UNAUTHORISED_ML


@dataclass(slots=True)
class _Meter:
    """Of one pump, since the first entry at hand. Volumes in ml."""

    first_ml: int | None = None
    counted_ml: int = 0
    """The highest known."""
    ended_ml: int = 0
    """Where the last fill ended."""
    recorded_ml: int = 0
    """In sales, draws, unauthorised and bypassed flow."""
    unmetered_ml: int = 0
    uncounted_ml: int = 0


class Meters:
    """The pumps of one history."""

    def __init__(self, tally: Tally, *, whole: bool) -> None:
        """`whole`: the history begins at entry 1, where every meter stands at 0."""
        self._tally = tally
        self._whole = whole
        self._meters: defaultdict[int, _Meter] = defaultdict(_Meter)

    def begin_at(self, totaliser_ml: Mapping[int, int]) -> None:
        """What a checkpoint says that each pump had counted."""
        for pump, counted_ml in totaliser_ml.items():
            self._meters[pump].first_ml = self._meters[pump].counted_ml = counted_ml

    def compare(self, totaliser_ml: Mapping[int, int], wrong: Wrong) -> None:
        """What a checkpoint says, with what the entries before it come to."""
        for pump in sorted(totaliser_ml.keys() | self._meters.keys()):
            said, here = totaliser_ml.get(pump, 0), self._meters[pump].counted_ml
            if said != here:
                wrong("meter_differs", pump=pump, expected=said, found=here)

    def counted_ml(self, pump: int) -> int:
        """The most that its meter is known to have counted; 0 where nothing is."""
        meter = self._meters.get(pump)
        return meter.counted_ml if meter is not None else 0

    def sold(self, sale: SaleCompleted, wrong: Wrong) -> None:
        if sale.mode != METERED_MODE:
            if sale.mode != VOUCHER_MODE:
                self._tally.declared_ml += sale.volume_ml
            return
        start_ml, end_ml = sale.totaliser_start_ml, sale.totaliser_end_ml
        if sale.estimated and end_ml is not None:
            wrong("reading_of_estimate", found=end_ml)
        elif end_ml is None and not sale.estimated:
            wrong("reading_missing")
        if end_ml is None:
            end_ml = start_ml + sale.metered_ml
        counted_ml = end_ml - start_ml
        if sale.metered_ml != counted_ml or (not sale.estimated and sale.volume_ml != counted_ml):
            metered_ml, sold_ml = sale.metered_ml, sale.volume_ml
            wrong("totaliser", counted=counted_ml, metered=metered_ml, sold=sold_ml)
        if sale.metered_ml > sale.volume_ml:
            wrong("sold_less", metered=sale.metered_ml, sold=sale.volume_ml)
        meter = self._meter(sale.pump, start_ml)
        if start_ml < meter.ended_ml:
            wrong("meter_back", pump=sale.pump, ended=meter.ended_ml, found=start_ml)
        meter.ended_ml = max(meter.ended_ml, end_ml)
        meter.unmetered_ml += sale.volume_ml - sale.metered_ml
        self._record(sale.pump, meter, sale.metered_ml, end_ml, wrong)

    def corrected(self, fact: SaleCorrected, sale: SaleCompleted, wrong: Wrong) -> None:
        """A later reading says how much of an estimated sale flowed."""
        meter = self._meter(fact.pump, sale.totaliser_start_ml)
        more_ml = fact.volume_ml - sale.metered_ml
        self._record(fact.pump, meter, more_ml, fact.totaliser_end_ml, wrong)

    def passed(self, flow: FlowUnauthorised | FlowBypassed, wrong: Wrong) -> None:
        meter = self._meter(flow.pump, max(0, flow.totaliser_end_ml - flow.volume_ml))
        self._record(flow.pump, meter, flow.volume_ml, flow.totaliser_end_ml, wrong)

    def drawn(self, draw: CalibrationDrawn, wrong: Wrong) -> None:
        meter = self._meter(draw.pump, draw.totaliser_start_ml)
        self._record(draw.pump, meter, draw.volume_ml, draw.totaliser_end_ml, wrong)

    def unseen(self, flow: FlowUncounted, wrong: Wrong) -> None:
        if flow.bypass or flow.shut:
            return
        meter = self._meters[flow.pump]
        meter.uncounted_ml += flow.bound_ml
        if meter.uncounted_ml > meter.unmetered_ml and self._whole:
            wrong(
                "uncounted",
                pump=flow.pump,
                charged=meter.unmetered_ml,
                stated=meter.uncounted_ml,
            )

    def close(self, boots: int, wrong: Wrong) -> None:
        """Judge what no entry explains: flow below the alarm, once a start at most."""
        allowed_ml = UNAUTHORISED_ML * (boots + 1)
        for pump, meter in sorted(self._meters.items()):
            if meter.first_ml is None:
                continue
            left_ml = meter.counted_ml - meter.first_ml - meter.recorded_ml
            self._tally.unexplained_ml += max(0, left_ml)
            if left_ml > allowed_ml:
                wrong("unexplained", pump=pump, allowed=allowed_ml, left=left_ml)

    def _meter(self, pump: int, from_ml: int) -> _Meter:
        meter = self._meters[pump]
        if meter.first_ml is None:
            meter.first_ml = 0 if self._whole else from_ml
            meter.counted_ml = meter.first_ml
        return meter

    def _record(self, pump: int, meter: _Meter, volume_ml: int, end_ml: int, wrong: Wrong) -> None:
        meter.counted_ml = max(meter.counted_ml, end_ml)
        meter.recorded_ml += volume_ml
        counted_ml = meter.counted_ml - (meter.first_ml or 0)
        if meter.recorded_ml > counted_ml:
            wrong("recorded_more", pump=pump, counted=counted_ml, recorded=meter.recorded_ml)
