"""Each pump's ratio: does it change by an entry alone, and does the count of changes ever fall?"""

from collections.abc import Iterable, Mapping

from gateway.audit.problems import Wrong
from gateway.core.facts import (
    CalibrationChanged,
    CounterReading,
    KeptRatio,
    Ratio,
    SaleCompleted,
)
from gateway.core.meters import Meter, kept_in
from gateway.core.recovery import ENDED_BY
from gateway.core.units import Calibration

ROUNDED_ML = 2
"""Two volumes of whole millilitres are taken from one another."""


class Ratios:
    """The pumps of one history."""

    def __init__(self, *, whole: bool) -> None:
        """`whole`: the history begins at entry 1, where no ratio has been changed yet."""
        self._whole = whole
        self._known: dict[int, KeptRatio] = {}

    @property
    def in_force(self) -> Mapping[int, KeptRatio]:
        """At the end, by pump; without those that were never changed."""
        return self._known

    def begin_with(self, kept: Iterable[KeptRatio]) -> None:
        """A fresh incarnation goes on with these."""
        self._known |= {one.pump: one for one in kept}

    def begin_at(self, meters: Mapping[int, Meter]) -> None:
        """What a checkpoint says of all before it."""
        self._whole = True
        self._known = kept_in(meters)

    def compare(self, meters: Mapping[int, Meter], wrong: Wrong) -> None:
        """What a checkpoint says, with what the entries before it say."""
        said = kept_in(meters)
        for pump in sorted(said.keys() | self._known.keys()):
            if said.get(pump) != self._known.get(pump):
                wrong("ratio_unsaid", pump=pump)

    def changed(self, fact: CalibrationChanged, wrong: Wrong) -> None:
        pump, before = fact.pump, self._known.get(fact.pump)
        last = before.count if before is not None else 0
        if (self._whole or before is not None) and fact.count != last + 1:
            wrong("ratio_count", pump=pump, expected=last + 1, found=fact.count)
        if before is not None and before.ratio != fact.before:
            wrong("ratio_before", pump=pump, expected=_said(before.ratio), found=_said(fact.before))
        self._known[pump] = KeptRatio(pump, max(last, fact.count), fact.after)

    def sold(self, sale: SaleCompleted, wrong: Wrong) -> None:
        """Where a co-processor counted a fill to its end, the ratio in force gives its volume.

        A fill that a start closed is charged no more than it had reserved, so its volume may be
        less."""
        known, start, end = self._known.get(sale.pump), sale.counter_start, sale.counter_end
        if known is None or start is None or end is None or sale.ended_by == ENDED_BY:
            return
        expected_ml = _volume_ml(known.ratio, start, end)
        if start.run == end.run and abs(sale.metered_ml - expected_ml) > ROUNDED_ML:
            wrong("ratio_other", pump=sale.pump, expected=expected_ml, found=sale.metered_ml)


def _volume_ml(ratio: Ratio, start: CounterReading, end: CounterReading) -> int:
    volume_ml = Calibration(ratio.pulses, ratio.litres).volume_ml
    return volume_ml(end.pulses) - volume_ml(start.pulses)


def _said(ratio: Ratio) -> str:
    return f"{ratio.pulses}/{ratio.litres}"
