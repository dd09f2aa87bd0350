"""What was drawn into a test can, and each change of a pump's ratio that followed from it."""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.core.facts.fact import Fact
from gateway.core.facts.totals import CounterReading
from gateway.core.fields import Count, FillMl, Name, PumpNumber, Sequence, Uid, UtcTime, VolumeMl

MOST_DRAWN_ML = 25_000
"""A test can holds 20 L; no draw is opened further than this."""
LEAST_CAN_ML, MOST_CAN_ML = 18_000, 22_000
"""What can be read from a 20 L test can."""
DRAWS = 3
"""As many as a change of the ratio rests on."""

ErrorPpm = Annotated[int, Meta(ge=-100_000, le=100_000, description="parts per million")]


class Ratio(Struct, frozen=True, forbid_unknown_fields=True):
    """`pulses` of the meter for `litres`; together 1 to 250 pulses a litre."""

    pulses: Annotated[int, Meta(ge=1, le=250_000)]
    litres: Annotated[int, Meta(ge=1, le=1000)]


class KeptRatio(Struct, frozen=True, forbid_unknown_fields=True):
    """A pump's ratio and the count of its changes, as a fresh incarnation goes on with them."""

    pump: PumpNumber
    count: Sequence
    ratio: Ratio


class CanDraw(Struct, frozen=True, forbid_unknown_fields=True):
    """A draw, as the meter counted it and as it was read from the can."""

    pulses: Annotated[int, Meta(ge=1, le=1_000_000)]
    can_ml: Annotated[int, Meta(ge=LEAST_CAN_ML, le=MOST_CAN_ML)]


class CalibrationDrawn(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fuel into a test can, by a technician's card, and back into the tank: charged to nobody."""

    pump: PumpNumber
    card: Uid
    pulses: Count | None
    """None where `estimated`, and after a crash."""
    volume_ml: FillMl
    """By the ratio in force; more than `MOST_DRAWN_ML` only where a valve failed."""
    totaliser_start_ml: VolumeMl
    totaliser_end_ml: VolumeMl
    unseen_ml: FillMl
    """What may have flowed beyond that, at most, where `estimated`."""
    estimated: bool
    """The gateway was dead, or the co-processor without power, before it ended."""
    ended_by: Name
    started: UtcTime
    counter_start: CounterReading | None = None
    counter_end: CounterReading | None = None


class CalibrationChanged(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another ratio of pulses to litres is in force from the pump's next fill on."""

    pump: PumpNumber
    count: Sequence
    """Of this pump's changes: 1 for the first, one more for each, through every incarnation."""
    before: Ratio
    after: Ratio
    draws: Annotated[list[CanDraw], Meta(min_length=DRAWS, max_length=DRAWS)]
    spread_ppm: Annotated[int, Meta(ge=0, le=1000)]
    """Between the draws that differ most."""
    error_before_ppm: ErrorPpm
    """What the meter showed too much (negative: too little) of what was in the can."""
    error_after_ppm: ErrorPpm
    by: Uid
    """The technician's card that accepted it."""
    totaliser_ml: VolumeMl
    """The pump's totaliser at that moment; it goes on from here."""
    counter: CounterReading | None = None
    """The co-processor's count at that moment, where there is one."""
