"""A fill in progress as the ledger's database keeps it: what survives a power cut."""

from collections.abc import Sequence as Items
from typing import Annotated

from msgspec import Meta, Struct

from gateway.core.facts import Charge, CounterReading, VehicleMeter
from gateway.core.fields import (
    Count,
    Name,
    PriceIdrPerL,
    PumpNumber,
    Sequence,
    Uid,
    UtcTime,
    VolumeMl,
)


class OpenSession(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="sale"):
    """One row a pump; replaced at each reservation, gone when the sale is recorded."""

    session_no: Sequence
    sale: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}-[0-9]{1,16}$")]
    """`{incarnation}-{session_no}`; never reused."""
    pump: PumpNumber
    mode: Annotated[str, Meta(pattern="^(valve|preset|authorise_only)$")]
    card: Uid | None
    subject: Name
    department: Name
    product: Name
    price_idr_per_l: PriceIdrPerL
    price_version: Count
    reserved: list[Charge]
    """Cumulative over the fill, stop bound included, oldest grant first."""
    metered_ml: VolumeMl
    """Volume of the fill when this row was written."""
    totaliser_start_ml: VolumeMl
    counter_start: CounterReading | None = None
    """Of a co-processor, where there is one."""
    started: UtcTime
    boot: Count
    override_by: Uid | None = None
    """The supervisor's card that lets it draw on the station's grant."""
    driver: Uid | None = None
    """The driver's card."""
    meter: VehicleMeter | None = None
    """What was read from the vehicle's own meter."""

    @property
    def reserved_ml(self) -> int:
        return sum(charge.volume_ml for charge in self.reserved)


def settle(reserved: Items[Charge], volume_ml: int) -> tuple[list[Charge], int]:
    """Charge a volume to what was reserved, in that order: (charges, overrun_ml).

    A fill belongs to the grants it reserved from, even when others are active at its end.
    The overrun is what a failed valve let through beyond the reservation.
    """
    charges = []
    left_ml = volume_ml
    for part in reserved:
        taken_ml = min(part.volume_ml, left_ml)
        if taken_ml:
            charges.append(Charge(part.grant_no, taken_ml))
            left_ml -= taken_ml
    return charges, left_ml


def add_charges(first: Items[Charge], more: Items[Charge]) -> list[Charge]:
    """Both together, one charge a grant: a reservation and its top-up."""
    total: dict[int, int] = {}
    for charge in (*first, *more):
        total[charge.grant_no] = total.get(charge.grant_no, 0) + charge.volume_ml
    return [Charge(grant_no, volume_ml) for grant_no, volume_ml in total.items()]
