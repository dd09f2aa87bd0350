"""What a co-processor's count at a start says of the time in which the gateway was not there."""

from dataclasses import dataclass

from gateway.core.comparing import alarm, replaced, with_counter
from gateway.core.dosing import flow_ml
from gateway.core.facts import (
    Charge,
    CounterReading,
    Fact,
    FlowBypassed,
    FlowUnauthorised,
    FlowUncounted,
    SaleCorrected,
    TotaliserRead,
)
from gateway.core.meters import Estimated, Meter
from gateway.core.open_draw import OpenFill
from gateway.core.units import Calibration, amount_idr


@dataclass(frozen=True, slots=True)
class Keyed:
    """The bypass key was on when the gateway ended, or is when it starts: what flowed meanwhile
    came by it."""

    since: str
    until: str
    """UTC text."""


def taken_ml(row: OpenFill, counter: CounterReading | None, calibration: Calibration) -> int | None:
    """What an open fill took, to the pulse; None where pulses may have been lost meanwhile.

    At most what it had reserved: the limiter was armed within that, so what is beyond leaked.
    """
    start = row.counter_start
    if counter is None or start is None or start.run != counter.run:
        return None
    counted_ml = calibration.volume_ml(counter.pulses) - calibration.volume_ml(start.pulses)
    if counted_ml < row.metered_ml:
        return None
    return min(counted_ml, max(row.reserved_ml, row.metered_ml))


def counted_through(start: CounterReading | None, end: CounterReading | None) -> bool:
    """No pulse can have been lost between two readings. Without a co-processor the gateway's own
    count is all there is."""
    return start is None or (end is not None and end.run == start.run)


def settled_at_start(
    pump: int,
    meter: Meter,
    counter: CounterReading,
    calibration: Calibration,
    *,
    totaliser_ml: int,
    tolerance_ml: int,
    keyed: Keyed | None = None,
) -> list[Fact]:
    """Once no fill is open: what flowed meanwhile belongs to the estimated fill of the same run,
    and the rest came by the bypass key, or else is unauthorised. The last fact says from where
    the count goes on; where another co-processor counts than before, nobody knows what flowed
    meanwhile, and it says that.

    `totaliser_ml`: what the ledger's own totaliser stands at.
    """
    facts: list[Fact] = []
    gap_ml = 0
    guess = meter.estimated
    if guess is not None and guess.counter_start.run == counter.run:
        counted_ml = _since(guess.counter_start, counter, calibration)
        volume_ml = min(max(counted_ml, guess.metered_ml), guess.volume_ml)
        totaliser_ml = max(totaliser_ml, guess.totaliser_start_ml + volume_ml)
        gap_ml = counted_ml - volume_ml
        if volume_ml < guess.volume_ml:
            facts.append(corrected(pump, guess, volume_ml, totaliser_ml, counter))
    else:
        found = with_counter(meter, counter, calibration, tolerance_ml=tolerance_ml)
        if found is not None:
            gap_ml = found.gap_ml
            if gap_ml < -tolerance_ml:
                facts.append(alarm(pump, "counter", found, counter))
    if gap_ml >= calibration.pulse_ml:
        totaliser_ml += gap_ml
        facts.append(_passed(pump, gap_ml, totaliser_ml, counter, keyed))
    return [
        *facts,
        TotaliserRead(
            pump=pump,
            counter=counter,
            totaliser_ml=totaliser_ml,
            why="replaced" if replaced(meter, counter) else "start",
        ),
    ]


def unseen_by_key(
    pump: int,
    meter: Meter,
    counter: CounterReading | None,
    keyed: Keyed,
    *,
    down_ms: int,
    max_flow_ml_per_min: int,
) -> list[Fact]:
    """Where no co-processor counted on: what may have flowed by the key and is in no entry, at
    most. `down_ms`: how long `keyed` lasted."""
    before = meter.base
    if before is None and meter.estimated is not None:
        before = meter.estimated.counter_start
    if before is not None and counter is not None and before.run == counter.run:
        return []
    bound_ml = flow_ml(max_flow_ml_per_min, down_ms)
    if not bound_ml:
        return []
    why = f"by the bypass key between {keyed.since} and {keyed.until}, at full flow all the time"
    return [FlowUncounted(pump=pump, bound_ml=bound_ml, why=why, bypass=True, since=keyed.since)]


def unseen_while_shut(
    pump: int,
    meter: Meter,
    counter: CounterReading | None,
    uncounted_ms: int,
    max_flow_ml_per_min: int,
) -> list[Fact]:
    """Where the co-processor was restarted since its count was last read, and says for how long
    it may have missed pulses with every valve shut: what may have passed meanwhile, at most."""
    before = meter.base
    if not uncounted_ms or counter is None or before is None or before.run == counter.run:
        return []
    return [
        FlowUncounted(
            pump=pump,
            bound_ml=flow_ml(max_flow_ml_per_min, uncounted_ms),
            why=f"the co-processor lost power while fuel flowed past shut valves; up to "
            f"{uncounted_ms} ms of that were not kept",
            shut=True,
        )
    ]


def _passed(
    pump: int, volume_ml: int, totaliser_ml: int, counter: CounterReading, keyed: Keyed | None
) -> Fact:
    if keyed is None:
        return FlowUnauthorised(
            pump=pump, volume_ml=volume_ml, totaliser_end_ml=totaliser_ml, counter_end=counter
        )
    return FlowBypassed(
        pump=pump,
        volume_ml=volume_ml,
        since=keyed.since,
        until=keyed.until,
        unattended=True,
        totaliser_end_ml=totaliser_ml,
        counter_end=counter,
    )


def corrected(
    pump: int, guess: Estimated, volume_ml: int, totaliser_ml: int, counter: CounterReading
) -> SaleCorrected:
    """The counter-entry: the grant that was charged last gets back first."""
    left_ml = guess.volume_ml - volume_ml
    returned = []
    for charge in reversed(guess.charges):
        back_ml = min(charge.volume_ml, left_ml)
        if back_ml:
            returned.append(Charge(charge.grant_no, back_ml))
            left_ml -= back_ml
    return SaleCorrected(
        sale=guess.sale,
        pump=pump,
        subject=guess.subject,
        volume_ml=volume_ml,
        returned_ml=guess.volume_ml - volume_ml,
        amount_idr=amount_idr(volume_ml, guess.price_idr_per_l),
        returned=returned,
        totaliser_end_ml=totaliser_ml,
        counter_end=counter,
        started=guess.started,
    )


def _since(start: CounterReading, end: CounterReading, calibration: Calibration) -> int:
    return calibration.volume_ml(end.pulses) - calibration.volume_ml(start.pulses)
