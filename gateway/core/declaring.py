"""Sales at a third party's pump, from the tap to the receipt. All pure.

Whoever writes the ledger puts each into one commit: a reservation; the sale with what was
declared of it; a cancellation. So there is nothing half done that a power cut could leave.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from gateway.core.facts import (
    Charge,
    Fact,
    SaleCancelled,
    SaleCompleted,
    SaleDeclared,
    SaleReserved,
)
from gateway.core.facts.declared import DECLARED_MODE
from gateway.core.fields import MOST_FILL_ML, ReceiptNo
from gateway.core.open_session import OpenSession, add_charges
from gateway.core.paper_number import paper_number
from gateway.core.sale import completed

MOST_DECLARED_ML = 1_000_000
"""1,000 L in one go: more than any vehicle's tank here holds, so it is a slip of the pen."""
MOST_RECEIPTS = 5000
"""So many newest receipts are known here, to refuse one that is entered again: some months of a
busy station. Central finds older ones."""


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """Whose pump it is, where it is not ours."""

    station: str
    serve_within_s: int
    """After the tap."""


def receipt_no(text: str) -> str:
    """In capitals and without spaces, as it is matched. ValueError says what was expected."""
    number = "".join(text.split()).upper()
    try:
        return msgspec.convert(number, ReceiptNo)
    except msgspec.ValidationError as error:
        found = ascii(text if len(text) <= 40 else text[:40] + "...")
        raise ValueError(
            f"expected a receipt of letters and digits, at most 40, found {found}"
        ) from error


def receipt_of(station: str, number: str) -> str:
    """What tells a receipt from those of other stations; no name has a "/"."""
    return f"{station}/{paper_number(number)}"


def reservation(row: OpenSession, place: ThirdParty, until: str) -> SaleReserved:
    """What a tap puts into the ledger. ValueError for a row that no card asked for."""
    if row.card is None:
        raise ValueError(f"{row.sale}: expected the card that was tapped, found none")
    return SaleReserved(
        sale=row.sale,
        pump=row.pump,
        station=place.station,
        card=row.card,
        subject=row.subject,
        department=row.department,
        product=row.product,
        price_idr_per_l=row.price_idr_per_l,
        price_version=row.price_version,
        reserved=row.reserved,
        started=row.started,
        until=until,
        boot=row.boot,
        override_by=row.override_by,
        driver=row.driver,
        meter=row.meter,
    )


def row_of(reserved: SaleReserved) -> OpenSession:
    """As the fill that it stands for."""
    session_no = int(reserved.sale.partition("-")[2])
    return OpenSession(
        session_no=session_no,
        sale=reserved.sale,
        pump=reserved.pump,
        mode=DECLARED_MODE,
        card=reserved.card,
        subject=reserved.subject,
        department=reserved.department,
        product=reserved.product,
        price_idr_per_l=reserved.price_idr_per_l,
        price_version=reserved.price_version,
        reserved=reserved.reserved,
        metered_ml=0,
        totaliser_start_ml=0,
        started=reserved.started,
        boot=reserved.boot,
        override_by=reserved.override_by,
        driver=reserved.driver,
        meter=reserved.meter,
    )


def declared(
    reserved: SaleReserved,
    volume_ml: int,
    number: str,
    by: tuple[str, str],
    *,
    more: Sequence[Charge],
    offline: bool,
    clock: str,
    boot: int,
    uptime_ms: int,
) -> tuple[SaleCompleted, SaleDeclared]:
    """The sale and its receipt, in this order. `by`: who typed it, the first and the second time.

    `more`: of what the vehicle's grants hold beyond the reservation, as much as was given beyond
    it; what they do not hold is an overrun. ValueError for a volume out of bounds.
    """
    if not 0 < volume_ml <= min(MOST_DECLARED_ML, MOST_FILL_ML):
        raise ValueError(f"{volume_ml} ml: expected 1 to {MOST_DECLARED_ML} ml")
    row = row_of(reserved)
    row = msgspec.structs.replace(row, reserved=add_charges(row.reserved, more))
    sale = completed(
        row,
        volume_ml,
        totaliser_start_ml=0,
        totaliser_end_ml=None,
        metered_ml=0,
        estimated=False,
        ended_by=DECLARED_MODE,
        offline=offline,
        clock=clock,
        boot=boot,
        uptime_ms=uptime_ms,
    )
    return sale, SaleDeclared(
        sale=reserved.sale,
        pump=reserved.pump,
        station=reserved.station,
        receipt_no=number,
        subject=reserved.subject,
        volume_ml=volume_ml,
        reserved_ml=reserved.reserved_ml,
        started=reserved.started,
        first_by=by[0],
        second_by=by[1],
    )


def cancelled(reserved: SaleReserved, by: str | None, why: str) -> SaleCancelled:
    """Nothing was given. `by` None: the gateway itself, before anybody was told."""
    return SaleCancelled(
        sale=reserved.sale,
        pump=reserved.pump,
        station=reserved.station,
        subject=reserved.subject,
        reserved_ml=reserved.reserved_ml,
        by=by,
        why=why,
    )


def ended_by(facts: Sequence[Fact]) -> list[str]:
    """The sales whose reservations end with these facts."""
    return [fact.sale for fact in facts if isinstance(fact, SaleDeclared | SaleCancelled)]
