"""Each pump's count against what was recorded of it: counted = sold + unauthorised + corrected."""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from gateway.core.facts import (
    TYPE_OF,
    Charge,
    CounterReading,
    FlowUnauthorised,
    FlowUncounted,
    SaleCompleted,
    SaleCorrected,
    TotaliserDrifted,
    TotaliserEntered,
    TotaliserRead,
)
from gateway.core.log import Entry
from gateway.core.units import Calibration

PERMILLE = 1000


@dataclass(frozen=True, slots=True)
class Estimated:
    """A sale that was charged what it had reserved; a reading of its own run proves less."""

    sale: str
    subject: str
    volume_ml: int
    metered_ml: int
    price_idr_per_l: int
    charges: tuple[Charge, ...]
    totaliser_start_ml: int
    counter_start: CounterReading
    started: str


@dataclass(frozen=True, slots=True)
class Entered:
    """The newest reading of the dispenser's own totaliser, and what was not counted since."""

    reading_ml: int
    resolution_ml: int
    totaliser_ml: int
    time: str
    uncounted_ml: int = 0


@dataclass(frozen=True, slots=True)
class Meter:
    """What the ledger says of one pump's count since `since`. Volumes in ml."""

    base: CounterReading | None = None
    """Explained up to here; None: to be read, for something was not counted."""
    since: str = ""
    recorded_ml: int = 0
    """Sold or unauthorised since then."""
    estimated: Estimated | None = None
    entered: Entered | None = None
    alarm: str | None = None
    """Whose count was not ours at the last comparison."""


NEW = Meter()


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


def with_counter(
    meter: Meter,
    counter: CounterReading,
    calibration: Calibration,
    *,
    tolerance_ml: int,
    pending_ml: int = 0,
) -> Comparison | None:
    """The co-processor's count; None where it is not known what it was before."""
    if meter.base is None:
        return None
    counted_ml = calibration.volume_ml(counter.pulses) - calibration.volume_ml(meter.base.pulses)
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


def follow(meters: dict[int, Meter], entry: Entry) -> None:
    """Take one more entry up, in place."""
    step = _STEPS.get(entry.type)
    if step is not None:
        kind, take = step
        fact = msgspec.convert(entry.data, kind)
        meters[fact.pump] = take(meters.get(fact.pump, NEW), fact, entry.time)


class _Sale(Struct, frozen=True):
    """What is needed of a SaleCompleted; its bounds were checked when it was written."""

    sale: str
    pump: int
    subject: str
    volume_ml: int
    metered_ml: int
    estimated: bool
    price_idr_per_l: int
    charges: tuple[Charge, ...]
    totaliser_start_ml: int
    started: str
    counter_start: CounterReading | None = None


def _sold(meter: Meter, sale: _Sale, _time: str) -> Meter:
    recorded_ml = meter.recorded_ml + sale.metered_ml
    if not sale.estimated:
        return replace(meter, recorded_ml=recorded_ml, estimated=None)
    guess = None
    if sale.counter_start is not None:
        guess = Estimated(
            sale.sale,
            sale.subject,
            sale.volume_ml,
            sale.metered_ml,
            sale.price_idr_per_l,
            sale.charges,
            sale.totaliser_start_ml,
            sale.counter_start,
            sale.started,
        )
    return replace(meter, base=None, recorded_ml=recorded_ml, estimated=guess)


def _corrected(meter: Meter, fact: SaleCorrected, time: str) -> Meter:
    return _from_here(meter, fact.counter_end, time)


def _passed(meter: Meter, flow: FlowUnauthorised, _time: str) -> Meter:
    return replace(meter, recorded_ml=meter.recorded_ml + flow.volume_ml)


def _unseen(meter: Meter, flow: FlowUncounted, _time: str) -> Meter:
    if meter.entered is None:
        return meter
    uncounted_ml = meter.entered.uncounted_ml + flow.bound_ml
    return replace(meter, entered=replace(meter.entered, uncounted_ml=uncounted_ml))


def _read(meter: Meter, fact: TotaliserRead, time: str) -> Meter:
    alarm = None if fact.why == "day" and meter.alarm == "counter" else meter.alarm
    return replace(_from_here(meter, fact.counter, time), alarm=alarm)


def _drifted(meter: Meter, fact: TotaliserDrifted, time: str) -> Meter:
    if fact.against == "counter":
        meter = _from_here(meter, fact.counter, time)
    return replace(meter, alarm=fact.against)


def _entered(meter: Meter, fact: TotaliserEntered, time: str) -> Meter:
    entered = Entered(fact.reading_ml, fact.resolution_ml, fact.totaliser_ml, time)
    alarm = None if meter.alarm == "dispenser" else meter.alarm
    return replace(meter, entered=entered, alarm=alarm)


def _from_here(meter: Meter, counter: CounterReading | None, time: str) -> Meter:
    return replace(meter, base=counter, since=time, recorded_ml=0, estimated=None)


_STEPS: MappingProxyType[str, Any] = MappingProxyType(
    {
        TYPE_OF[SaleCompleted]: (_Sale, _sold),
        **{
            TYPE_OF[kind]: (kind, take)
            for kind, take in (
                (SaleCorrected, _corrected),
                (FlowUnauthorised, _passed),
                (FlowUncounted, _unseen),
                (TotaliserRead, _read),
                (TotaliserDrifted, _drifted),
                (TotaliserEntered, _entered),
            )
        },
    }
)
