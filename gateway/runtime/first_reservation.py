"""A fill's first reservation between its commit and its use: witnessed, or given back."""

from dataclasses import dataclass

from gateway.core.events import ReservationDurable, StoreFailed
from gateway.core.open_draw import OpenFill
from gateway.core.reasons import Reason
from gateway.core.session import State
from gateway.runtime.books import Books
from gateway.runtime.desk import Desk
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper


@dataclass(frozen=True, slots=True)
class FirstReservation:
    """Lives in the control loop's thread. The fill may end while it is waited for."""

    desk: Desk
    row: OpenFill
    durable: ReservationDurable
    books: Books
    keeper: Keeper

    def witnessed(self) -> None:
        if self._ours:
            self.desk.take(self.durable)

    def unwitnessed(self, code: Reason) -> None:
        # Not what a later fill has reserved, nor from under one that is being ended.
        if not self._ours or self.desk.session.state is not State.DECIDING:
            self.witnessed()
            return
        drop = self.desk.number
        self.keeper.submit(
            Job(drop_session=drop, done=lambda: self._refuse(code), failed=self._refuse)
        )

    def _refuse(self, code: Reason) -> None:
        """Given back; or still on disk, where the next reservation of this pump replaces it."""
        if self.desk.session.state is not State.DECIDING:
            self.witnessed()
        elif self._ours:
            del self.books.rows[self.desk.number]
            self.desk.take(StoreFailed(code))

    @property
    def _ours(self) -> bool:
        """Otherwise the fill was ended meanwhile, and that has released it."""
        return self.books.rows.get(self.desk.number) is self.row
