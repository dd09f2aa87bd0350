"""What third parties' pumps have on a tap and nobody declared yet, as people are shown it."""

from collections.abc import Iterable, Iterator

from gateway.core.facts import SaleReserved
from gateway.core.session import State
from gateway.runtime.books import Books
from gateway.runtime.desk import Desk
from gateway.runtime.look_up import LookUp
from gateway.runtime.open_declaration import OpenDeclaration

MOST_SHOWN = 100


class OpenDeclarations:
    """Lives in the control loop's thread."""

    def __init__(self, books: Books, look_up: LookUp) -> None:
        self._books = books
        self._look_up = look_up

    def __len__(self) -> int:
        return len(self._books.balance.reservations)

    def __iter__(self) -> Iterator[OpenDeclaration]:
        """The oldest first."""
        return map(self._shown, _by_age(self._books.balance.reservations.values()))

    def at(self, desk: Desk) -> OpenDeclaration | None:
        """What the card that was tapped there last has reserved, while that is shown."""
        session = desk.session
        if session.state is not State.RESERVED:
            return None
        found = [
            each
            for each in self._books.balance.reservations.values()
            if each.pump == desk.number and each.card == session.asked_uid
        ]
        return self._shown(_by_age(found)[-1]) if found else None

    def _shown(self, reserved: SaleReserved) -> OpenDeclaration:
        return OpenDeclaration(
            sale=reserved.sale,
            pump=reserved.pump,
            station=reserved.station,
            subject=reserved.subject,
            plate=self._look_up.plate(reserved.subject),
            product=reserved.product,
            volume_ml=reserved.reserved_ml,
            price_idr_per_l=reserved.price_idr_per_l,
            started=reserved.started,
            until=reserved.until,
            late=reserved.until < self._books.now(),
        )


def _by_age(found: Iterable[SaleReserved]) -> list[SaleReserved]:
    return sorted(found, key=lambda each: int(each.sale.partition("-")[2]))
