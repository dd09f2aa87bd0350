"""Taps at a third party's pump and what was declared of them, as facts."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.core.declaring import declared
from gateway.core.facts import Charge, SaleCompleted, SaleDeclared, SaleReserved
from tests.gateway.store.samples import INCARNATION, SUBJECT, TIME

STATION = "spbu-54"


def tapped(number: int, *charges: Charge, **changes: Any) -> SaleReserved:
    """At pump 3."""
    fact = SaleReserved(
        sale=f"{INCARNATION}-{number}",
        pump=3,
        station=STATION,
        card="04A1B2C3D4E5F6",
        subject=SUBJECT,
        department="dinas-kesehatan",
        product="pertamax",
        price_idr_per_l=12_950,
        price_version=3,
        reserved=list(charges) or [Charge(1, 20_000)],
        started=TIME,
        until="2026-11-22T04:30:00.000Z",
        boot=1,
    )
    return msgspec.structs.replace(fact, **changes)


def said(
    reserved: SaleReserved, volume_ml: int, receipt: str = "A-1", more: Sequence[Charge] = ()
) -> tuple[SaleCompleted, SaleDeclared]:
    return declared(
        reserved,
        volume_ml,
        receipt,
        ("Ama", "Beni"),
        more=more,
        offline=False,
        clock="good",
        boot=1,
        uptime_ms=1000,
    )
