"""Fills, and those that were refused."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.core.facts.fact import Fact
from gateway.core.facts.totals import CounterReading
from gateway.core.fields import (
    MOST_FILL_ML,
    MOST_PRICE_IDR_PER_L,
    Count,
    FillMl,
    Name,
    PriceIdrPerL,
    PumpNumber,
    Reading,
    Sequence,
    Text,
    Uid,
    UtcTime,
    VolumeMl,
)
from gateway.core.units import amount_idr as price_of

SaleId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}-[0-9]{1,16}$")]
FillIdr = Annotated[
    int,
    Meta(
        ge=0,
        le=price_of(MOST_FILL_ML, MOST_PRICE_IDR_PER_L),
        description="whole rupiah, of one fill",
    ),
]
"""Bounded as the litres are, so that no number of sales sums to more than a database holds."""


class Charge(Struct, frozen=True, forbid_unknown_fields=True):
    """Litres of a sale taken from one grant."""

    grant_no: Sequence
    volume_ml: FillMl


MeterUnit = Literal["km", "h/10"]


class VehicleMeter(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody read from a vehicle's odometer or hour meter before the fill."""

    reading: Reading
    unit: MeterUnit
    """`h/10`: tenths of an hour."""
    doubtful: bool
    """Not between the last reading and what may lie between two: taken as nothing to go by."""
    tries: Annotated[int, Meta(ge=1, le=10)]
    """How many were entered until this one."""
    by: Text | None = None
    """Who entered it, where somebody was signed in."""


class SaleCompleted(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fill that dispensed fuel, written once, from durable state."""

    sale: SaleId
    """`{incarnation}-{session number}`; never reused."""
    pump: PumpNumber
    mode: Annotated[str, Meta(pattern="^(valve|preset|authorise_only|voucher)$")]
    card: Uid | None
    """None where none was read: a voucher."""
    subject: Name
    department: Name
    product: Name
    volume_ml: FillMl
    """What the vehicle's quota is charged. Metered, or what was reserved if `estimated`."""
    overrun_ml: FillMl
    """Part of `volume_ml` beyond what was reserved, by a failed valve, or beyond what the grants
    here held, by a voucher. Not in `charges`."""
    price_idr_per_l: PriceIdrPerL
    price_version: Count
    amount_idr: FillIdr
    charges: list[Charge]
    totaliser_start_ml: VolumeMl
    totaliser_end_ml: VolumeMl | None
    """None where the meter was not read at the end (an estimated sale)."""
    metered_ml: VolumeMl
    """Volume at the last durable meter reading."""
    estimated: bool
    """Closed after a power cut or crash: charged what was reserved."""
    ended_by: Name
    started: UtcTime
    offline: bool
    """No acknowledged link to central when the sale ended."""
    clock: Annotated[str, Meta(pattern="^(good|rtc|doubtful)$")]
    boot: Count
    uptime_ms: Count
    override_by: Uid | None = None
    """The supervisor's card that let it draw on the station's grant."""
    counter_start: CounterReading | None = None
    counter_end: CounterReading | None = None
    """The co-processor's counts, where there is one."""
    driver: Uid | None = None
    """The driver's card, where one was laid down with the vehicle's."""
    meter: VehicleMeter | None = None
    """None: not read."""


class SaleCorrected(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Counter-entry to an estimated sale: a later reading of the co-processor says less.

    Litres go back to grants that are open here. What central counts of a closed one stays with
    it until a person decides.
    """

    sale: SaleId
    pump: PumpNumber
    subject: Name
    volume_ml: FillMl
    """What the vehicle took."""
    returned_ml: FillMl
    """So much less than the sale said."""
    amount_idr: FillIdr
    """Price of `volume_ml`."""
    returned: list[Charge]
    """By grant, together `returned_ml` without what was an overrun."""
    totaliser_end_ml: VolumeMl
    counter_end: CounterReading
    started: UtcTime


class SaleRefused(Fact, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pump: PumpNumber
    code: Name
    """A reason code, e.g. `quota_exhausted`."""
    card: Uid | None
    subject: Name | None
