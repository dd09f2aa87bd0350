"""A pump's count, or its dispenser's own totaliser, against what was recorded in the same time."""

from dataclasses import dataclass
from typing import Any

from gateway.core.facts import CounterReading, TotaliserDrifted, TotaliserEntered
from gateway.core.meters import Entered, Meter
from gateway.core.units import Calibration

PERMILLE = 1000


@dataclass(frozen=True, slots=True)
class Comparison:
    """One count against what was recorded, both since the same moment."""

    since: str
    counted_ml: int
    """Negative where a count fell."""
    recorded_ml: int
    tolerance_ml: int
    expected_ml: int = 0
    """Known to be counted and not recorded yet: flow that is too little for an entry."""

    @property
    def gap_ml(self) -> int:
        """Counted, and explained by nothing; negative: recorded, and not counted."""
        return self.counted_ml - self.recorded_ml - self.expected_ml

    @property
    def drifted(self) -> bool:
        return abs(self.gap_ml) > self.tolerance_ml


def replaced(meter: Meter, counter: CounterReading) -> bool:
    """Another co-processor counts, or another pump of it: the two counts say nothing together."""
    return meter.base is not None and _of(meter.base) != _of(counter)


def with_counter(
    meter: Meter,
    counter: CounterReading,
    calibration: Calibration,
    *,
    tolerance_ml: int,
    pending_ml: int = 0,
) -> Comparison | None:
    """The co-processor's count; None where it is not known what it was before."""
    if meter.base is None or replaced(meter, counter):
        return None
    counted_ml = calibration.volume_ml(counter.pulses) - calibration.volume_ml(meter.base.pulses)
    counted_ml += meter.former_ml
    return Comparison(meter.since, counted_ml, meter.recorded_ml, tolerance_ml, pending_ml)


def with_dispenser(before: Entered, now: TotaliserEntered, tolerance_permille: int) -> Comparison:
    """The dispenser's own totaliser, between two readings of it by a person."""
    ours_ml = now.totaliser_ml - before.totaliser_ml
    read_ml = before.resolution_ml + now.resolution_ml
    tolerance_ml = ours_ml * tolerance_permille // PERMILLE + read_ml + before.uncounted_ml
    return Comparison(before.time, now.reading_ml - before.reading_ml, ours_ml, tolerance_ml)


def alarm(
    pump: int, against: Any, found: Comparison, counter: CounterReading | None
) -> TotaliserDrifted:
    return TotaliserDrifted(
        pump=pump,
        against=against,
        since=found.since,
        counted_ml=max(0, found.counted_ml),
        recorded_ml=found.recorded_ml + found.expected_ml,
        tolerance_ml=found.tolerance_ml,
        counter=counter,
    )


def _of(counter: CounterReading) -> str:
    """Whose count it is, whatever its boot."""
    return counter.run.rpartition(".")[0]
