"""What a pump's totalisers say, and where they differ from what was recorded."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.core.facts.fact import Fact
from gateway.core.fields import Count, PumpNumber, Text, UtcTime, VolumeMl

CountRun = Annotated[str, Meta(pattern=r"^[0-9A-Za-z._-]{1,80}$")]


class CounterReading(Struct, frozen=True, forbid_unknown_fields=True):
    """A co-processor's count of a pump's pulses."""

    run: CountRun
    """The co-processor and its boot: between two readings of one run no pulse was lost."""
    pulses: Count


class TotaliserRead(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that the co-processor had counted by now is explained by the entries before."""

    pump: PumpNumber
    counter: CounterReading
    totaliser_ml: VolumeMl
    """What the ledger's own totaliser stands at."""
    why: Literal["start", "day", "restarted", "replaced"]
    """Of the gateway; once a day; after the co-processor was without power; or another counts from
    here, so that nobody knows what flowed between the entry before and this one."""


class TotaliserEntered(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person read from the dispenser's own totaliser."""

    pump: PumpNumber
    reading_ml: VolumeMl
    resolution_ml: Annotated[int, Meta(ge=1, le=1000)]
    """Its last digit that was read."""
    replaced: bool
    """It is another one than before, or began anew: nothing to compare with."""
    totaliser_ml: VolumeMl
    """Ours at that moment."""
    by: Text


class TotaliserDrifted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alarm: what a totaliser counted since `since` is not what was recorded in that time."""

    pump: PumpNumber
    against: Literal["counter", "dispenser"]
    """Whose count: the co-processor's (a meter's without one), or the dispenser's own."""
    since: UtcTime
    counted_ml: VolumeMl
    recorded_ml: VolumeMl
    """In sales, unauthorised flow, and whatever else says where fuel went."""
    tolerance_ml: VolumeMl
    counter: CounterReading | None
    """From here on it is compared anew."""
