"""A sale as the ledger says it: one way, whether it ended at the pump or in a power cut."""

from msgspec import Struct

from gateway.core.facts import Charge, CounterReading, SaleCompleted, VehicleMeter
from gateway.core.open_session import OpenSession, settle
from gateway.core.units import amount_idr

METERED_MODE = "valve"
"""Of sales that a meter of ours has counted."""


class Sold(Struct, frozen=True):
    """What the balance needs of a SaleCompleted; its bounds were checked when it was written."""

    pump: int
    mode: str
    subject: str
    volume_ml: int
    overrun_ml: int
    charges: list[Charge]
    totaliser_start_ml: int
    totaliser_end_ml: int | None
    metered_ml: int
    started: str
    clock: str
    meter: VehicleMeter | None = None


def completed(
    row: OpenSession,
    volume_ml: int,
    *,
    totaliser_start_ml: int,
    totaliser_end_ml: int | None,
    metered_ml: int,
    estimated: bool,
    ended_by: str,
    offline: bool,
    clock: str,
    boot: int,
    uptime_ms: int,
    counter_end: CounterReading | None = None,
) -> SaleCompleted:
    """The fact that ends an open session which is charged `volume_ml`.

    What is beyond the reservation is overrun: part of the volume, charged to no grant.
    """
    charges, overrun_ml = settle(row.reserved, volume_ml)
    return SaleCompleted(
        sale=row.sale,
        pump=row.pump,
        mode=row.mode,
        card=row.card,
        subject=row.subject,
        department=row.department,
        product=row.product,
        volume_ml=volume_ml,
        overrun_ml=overrun_ml,
        price_idr_per_l=row.price_idr_per_l,
        price_version=row.price_version,
        amount_idr=amount_idr(volume_ml, row.price_idr_per_l),
        charges=charges,
        totaliser_start_ml=totaliser_start_ml,
        totaliser_end_ml=totaliser_end_ml,
        metered_ml=metered_ml,
        estimated=estimated,
        ended_by=ended_by,
        started=row.started,
        offline=offline,
        clock=clock,
        boot=boot,
        uptime_ms=uptime_ms,
        override_by=row.override_by,
        counter_start=row.counter_start,
        counter_end=counter_end,
        driver=row.driver,
        meter=row.meter,
    )
