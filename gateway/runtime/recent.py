"""The last sale and the last refusal at each pump, as its display and the attendant need them."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from gateway.core.facts import TYPE_OF, SaleCompleted, SaleRefused
from gateway.core.log import Entry


class LastSale(Struct, frozen=True, kw_only=True):
    """A sale that is in the ledger, of this boot."""

    sale: str
    time: str
    plate: str | None
    product: str
    volume_ml: int
    amount_idr: int
    ended_by: str
    left_ml: int | None = None
    """What the vehicle's grants here held after it."""


class LastRefusal(Struct, frozen=True, kw_only=True):
    """A card that was refused, in this boot. Which card it was only the ledger says."""

    time: str
    code: str
    plate: str | None


class Recent:
    """Fed with what is committed, in the control loop's thread."""

    def __init__(
        self, plate_of: Callable[[str], str | None], left_ml: Callable[[str, str], int]
    ) -> None:
        """`plate_of` a subject; None where nothing is known of it. `left_ml` to a subject after
        a sale."""
        self._plate_of = plate_of
        self._left_ml = left_ml
        self.sales: dict[int, LastSale] = {}
        self.refusals: dict[int, LastRefusal] = {}

    def committed(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry.type == TYPE_OF[SaleCompleted]:
                self._sold(entry.time, entry.data)
            elif entry.type == TYPE_OF[SaleRefused]:
                self._refused(entry.time, entry.data)

    def _sold(self, time: str, sale: dict[str, Any]) -> None:
        self.sales[sale["pump"]] = LastSale(
            sale=sale["sale"],
            time=time,
            plate=self._plate_of(sale["subject"]),
            product=sale["product"],
            volume_ml=sale["volume_ml"],
            amount_idr=sale["amount_idr"],
            ended_by=sale["ended_by"],
            left_ml=self._left_ml(sale["subject"], sale["sale"]),
        )

    def _refused(self, time: str, refused: dict[str, Any]) -> None:
        subject = refused["subject"]
        self.refusals[refused["pump"]] = LastRefusal(
            time=time,
            code=refused["code"],
            plate=self._plate_of(subject) if subject is not None else None,
        )
