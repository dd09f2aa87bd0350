"""What displays need of allocation and balance: from memory, in microseconds."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from gateway.core.allocation import PutCard
from gateway.core.draws import Draw, draws_of
from gateway.core.facts import MeterUnit
from gateway.core.odometer import UNITS
from gateway.core.open_session import OpenSession
from gateway.runtime.books import Books
from gateway.store.allocation import Allocation
from gateway.store.errors import StoreError

T = TypeVar("T")


class LookUp:
    """Lives in the control loop's thread. A cache that does not read stops sales, as at a tap."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def card(self, uid: str) -> PutCard | None:
        return self._of(lambda allocation: allocation.card(uid))

    def plate(self, subject: str) -> str | None:
        """Plate or asset number."""
        put = self._of(lambda allocation: allocation.subject(subject))
        return put.plate if put is not None else None

    def tank_ml(self, subject: str) -> int | None:
        put = self._of(lambda allocation: allocation.subject(subject))
        return put.tank_ml if put is not None else None

    def meter_unit(self, subject: str | None) -> MeterUnit | None:
        """Of the readings of its own meter; None where it has none, or is not known."""
        if subject is None:
            return None
        put = self._of(lambda allocation: allocation.subject(subject))
        return UNITS.get(put.meter) if put is not None else None

    def subject_of(self, plate: str) -> str | None:
        """The one subject with this plate or asset number, however it is spaced."""
        found = self._of(lambda allocation: allocation.with_plate(plate)) or []
        return found[0].subject if len(found) == 1 else None

    def draws(self, subject: str) -> list[Draw]:
        """What its fills may draw on without a supervisor's card."""
        put = self._of(lambda allocation: allocation.subject(subject))
        return draws_of(put, None) if put is not None else [Draw("vehicle", subject)]

    def price_idr_per_l(self, product: str) -> int | None:
        price = self._of(lambda allocation: allocation.price(product))
        return price.price_idr_per_l if price is not None else None

    def sale(self, pump: int) -> str | None:
        """Id of the sale that the fill under way becomes; a test draw becomes none."""
        row = self._books.rows.get(pump)
        return row.sale if isinstance(row, OpenSession) else None

    def left_ml(self, subject: str, sale: str) -> int:
        """What its grants here hold after a sale, whose own reservation is over."""
        reserved = [
            charge
            for row in self._books.rows.values()
            if not (isinstance(row, OpenSession) and row.sale == sale)
            for charge in row.reserved
        ]
        return max(0, self._books.balance.remaining_ml(subject, *self._books.moment(), reserved))

    def told(self) -> str | None:
        """UTC text: when central wrote the newest directive that is in force here."""
        return self._of(lambda allocation: allocation.time)

    def serves_until(self, draws: Iterable[Draw]) -> str | None:
        """UTC text: when the last of these accounts' grants that serve now ends."""
        balance, moment = self._books.balance, self._books.moment()
        held = (grant for draw in draws for grant in balance.account(draw.account).grants)
        return max((grant.not_after for grant in held if grant.serves(*moment)), default=None)

    def _of(self, look: Callable[[Allocation], T | None]) -> T | None:
        """None also where there is no cache, or none that can be used."""
        allocation = self._books.allocation
        try:
            return look(allocation) if allocation is not None else None
        except (StoreError, ValueError) as error:
            self._books.cannot_look_up(error)
            return None
