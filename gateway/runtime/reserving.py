"""Taps at third parties' pumps on their way to the keeper: reserved by one entry, and given back by
one where the driver was never told."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from gateway.core import actions as a
from gateway.core.declaring import ThirdParty, cancelled, reservation
from gateway.core.events import ReservationDurable, SaleRecorded, StoreFailed
from gateway.core.facts import Fact
from gateway.core.open_draw import OpenFill
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.runtime.books import Books
from gateway.runtime.desk import Desk
from gateway.runtime.fills import Fills
from gateway.runtime.granting import override_of
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.vouching import Vouch
from gateway.runtime.wall import WallClock, utc_ns, utc_text

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reserving:
    """Lives in the control loop's thread. Between the entry and the driver's being told, the row in
    the books says that the pump is busy."""

    _books: Books
    _keeper: Keeper
    _fills: Fills
    _wall: WallClock
    _vouch: Vouch

    def reserve(
        self, desk: Desk, place: ThirdParty, action: a.Reserve, *, again: bool = True
    ) -> None:
        """`again`: once more, if grants are closed or recalled while it is being written."""
        try:
            row = self._fills.row(desk, action, None)
            facts = self._facts(desk, place, action, row)
        except ValueError as error:
            log.error(
                "pump %d: no reservation: %s",
                desk.number,
                error,
                extra={"event": "reservation_failed", "pump": desk.number},
            )
            desk.follow(StoreFailed(Reason.QUOTA_EXHAUSTED))
            return
        granting = len(facts) > 1
        if granting:
            self._books.granting.add(desk.number)
        self._books.rows[desk.number] = row

        def put_back() -> None:
            self._books.granting.discard(desk.number)
            del self._books.rows[desk.number]

        def failed(code: Reason) -> None:
            put_back()
            desk.take(StoreFailed(code))

        def superseded() -> None:
            put_back()
            if again:
                self.reserve(desk, place, action, again=False)
            else:
                desk.take(StoreFailed(Reason.QUOTA_EXHAUSTED))

        def written() -> None:
            self._books.granting.discard(desk.number)
            self._vouch(
                lambda: self._tell(desk, action.reserved_ml),
                lambda code: self._unwitnessed(desk, action.reserved_ml, code),
            )

        now = self._wall.now()
        self._keeper.submit(
            Job(
                facts=[(fact, now) for fact in facts],
                done=written,
                failed=failed,
                superseded=superseded,
            )
        )

    def release(self, desk: Desk) -> None:
        """The pump was stopped before the driver was told."""

        def failed(code: Reason) -> None:
            desk.take(StoreFailed(code))  # and the session tries again

        self._give_back(desk, "stopped", lambda: desk.take(SaleRecorded()), failed)

    def _facts(self, desk: Desk, place: ThirdParty, action: a.Reserve, row: OpenFill) -> list[Fact]:
        if not isinstance(row, OpenSession):
            raise ValueError("nothing is drawn into a can at a third party's pump")
        until = utc_text(utc_ns(row.started) + place.serve_within_s * NS_PER_S)
        granted = override_of(self._books, desk, row, action, self._wall.quality)
        reserved = reservation(row, place, until)
        return [reserved] if granted is None else [reserved, granted]

    def _tell(self, desk: Desk, reserved_ml: int) -> None:
        desk.take(ReservationDurable(reserved_ml))
        if desk.session.fill is None:
            # Otherwise it is being stopped, and `release` gives it back.
            self._books.rows.pop(desk.number, None)

    def _unwitnessed(self, desk: Desk, reserved_ml: int, code: Reason) -> None:
        """Nobody outside could prove later that it was reserved: then it is not."""
        if desk.session.state is not State.DECIDING:
            self._tell(desk, reserved_ml)
            return

        def refuse(why: Reason) -> None:
            """Given back; or still reserved, until a person cancels it."""
            self._books.rows.pop(desk.number, None)
            desk.take(StoreFailed(why))

        self._give_back(desk, code.value, lambda: refuse(code), refuse)

    def _give_back(
        self, desk: Desk, why: str, done: Callable[[], None], failed: Callable[[Reason], None]
    ) -> None:
        row = self._books.rows.get(desk.number)
        reserved = (
            self._books.balance.reservations.get(row.sale) if isinstance(row, OpenSession) else None
        )
        if reserved is None:
            # It never became durable, so there is nothing to give back.
            desk.follow(SaleRecorded())
            return

        def given_back() -> None:
            self._books.rows.pop(desk.number, None)
            done()

        self._keeper.submit(
            Job(
                facts=[(cancelled(reserved, None, why), self._wall.now())],
                done=given_back,
                failed=failed,
            )
        )
