"""Each pump's count against what was recorded of it: counted = sold + drawn + unauthorised +
bypassed + corrected; its ratio, with how often that has been changed; and its bypass key."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gateway.core.facts import (
    TYPE_OF,
    BypassChanged,
    CalibrationChanged,
    CalibrationDrawn,
    Charge,
    CounterReading,
    FlowBypassed,
    FlowUnauthorised,
    FlowUncounted,
    GatewayRestored,
    KeptRatio,
    SaleCompleted,
    SaleCorrected,
    TotaliserDrifted,
    TotaliserEntered,
    TotaliserRead,
    VoucherEntered,
)
from gateway.core.log import Entry
from gateway.core.meter import NEW as NEW
from gateway.core.meter import Entered as Entered
from gateway.core.meter import Estimated as Estimated
from gateway.core.meter import Meter as Meter
from gateway.core.meter import in_force as in_force
from gateway.core.sale import METERED_MODE
from gateway.core.units import Calibration


def kept_in(meters: Mapping[int, Meter]) -> dict[int, KeptRatio]:
    """By pump, the ratios that were changed at least once."""
    return {
        pump: KeptRatio(pump, meter.calibrations, meter.ratio)
        for pump, meter in meters.items()
        if meter.ratio is not None
    }


def follow(meters: dict[int, Meter], entry: Entry) -> None:
    """Take one more entry up, in place."""
    if entry.type == TYPE_OF[GatewayRestored]:
        for kept in msgspec.convert(entry.data, GatewayRestored).ratios:
            meters[kept.pump] = Meter(ratio=kept.ratio, calibrations=kept.count)
        return
    step = _STEPS.get(entry.type)
    if step is not None:
        kind, take = step
        fact = msgspec.convert(entry.data, kind)
        meters[fact.pump] = take(meters.get(fact.pump, NEW), fact, entry.time)


class _Sale(Struct, frozen=True):
    """What is needed of a SaleCompleted; its bounds were checked when it was written."""

    sale: str
    pump: int
    mode: str
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
    if sale.mode != METERED_MODE:
        return meter
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


def _passed(meter: Meter, flow: FlowUnauthorised | FlowBypassed, _time: str) -> Meter:
    return replace(meter, recorded_ml=meter.recorded_ml + flow.volume_ml)


def _turned(meter: Meter, key: BypassChanged, time: str) -> Meter:
    return replace(meter, bypass_since=time if key.on else None, bypass_until=time)


def _bypassed(meter: Meter, flow: FlowBypassed, time: str) -> Meter:
    unpapered_ml = meter.unpapered_ml + flow.volume_ml
    return replace(_passed(meter, flow, time), bypass_until=time, unpapered_ml=unpapered_ml)


def _unseen(meter: Meter, flow: FlowUncounted, _time: str) -> Meter:
    return _unseen_of(meter, flow.bound_ml)


def _unseen_of(meter: Meter, bound_ml: int) -> Meter:
    if meter.entered is None:
        return meter
    uncounted_ml = meter.entered.uncounted_ml + bound_ml
    return replace(meter, entered=replace(meter.entered, uncounted_ml=uncounted_ml))


def _given(meter: Meter, voucher: VoucherEntered, _time: str) -> Meter:
    """What flowed by the bypass key was counted, and is the same fuel. The rest went past our
    meter, unless it counted it as something else: the dispenser may have more."""
    counted_ml = min(voucher.volume_ml, meter.unpapered_ml)
    meter = replace(meter, unpapered_ml=meter.unpapered_ml - counted_ml)
    return _unseen_of(meter, voucher.volume_ml - counted_ml)


def _read(meter: Meter, fact: TotaliserRead, time: str) -> Meter:
    alarm = None if fact.why == "day" and meter.alarm == "counter" else meter.alarm
    return replace(_from_here(meter, fact.counter, time), alarm=alarm)


def _drifted(meter: Meter, fact: TotaliserDrifted, time: str) -> Meter:
    if fact.against == "counter":
        meter = _from_here(meter, fact.counter, time)
    return replace(meter, alarm=fact.against)


def _drawn(meter: Meter, fact: CalibrationDrawn, _time: str) -> Meter:
    """Where more may have flowed than is known, the count is to be read anew."""
    meter = _unseen_of(meter, fact.unseen_ml)
    base = None if fact.estimated else meter.base
    return replace(meter, base=base, recorded_ml=meter.recorded_ml + fact.volume_ml)


def _recalibrated(meter: Meter, fact: CalibrationChanged, _time: str) -> Meter:
    """What was counted so far stays counted as it was. An estimate is corrected no more."""
    if fact.count <= meter.calibrations:
        raise ValueError(
            f"pump {fact.pump}: change {fact.count} of its ratio after {meter.calibrations}: "
            "their count never falls"
        )
    former_ml, base = meter.former_ml, None
    if meter.base is not None and fact.counter is not None:
        before = Calibration(fact.before.pulses, fact.before.litres)
        former_ml += before.volume_ml(fact.counter.pulses) - before.volume_ml(meter.base.pulses)
        base = fact.counter
    return replace(
        meter,
        base=base,
        former_ml=former_ml,
        estimated=None,
        ratio=fact.after,
        calibrations=fact.count,
    )


def _entered(meter: Meter, fact: TotaliserEntered, time: str) -> Meter:
    entered = Entered(fact.reading_ml, fact.resolution_ml, fact.totaliser_ml, time)
    alarm = None if meter.alarm == "dispenser" else meter.alarm
    return replace(meter, entered=entered, alarm=alarm)


def _from_here(meter: Meter, counter: CounterReading | None, time: str) -> Meter:
    return replace(meter, base=counter, since=time, recorded_ml=0, former_ml=0, estimated=None)


_STEPS: MappingProxyType[str, Any] = MappingProxyType(
    {
        TYPE_OF[SaleCompleted]: (_Sale, _sold),
        **{
            TYPE_OF[kind]: (kind, take)
            for kind, take in (
                (SaleCorrected, _corrected),
                (FlowUnauthorised, _passed),
                (FlowBypassed, _bypassed),
                (BypassChanged, _turned),
                (FlowUncounted, _unseen),
                (VoucherEntered, _given),
                (TotaliserRead, _read),
                (TotaliserDrifted, _drifted),
                (TotaliserEntered, _entered),
                (CalibrationDrawn, _drawn),
                (CalibrationChanged, _recalibrated),
            )
        },
    }
)
