"""What the pumps ask for and what they report: reservations, sales and notes, on their way to
the keeper."""

import logging
from collections.abc import Callable

import msgspec

from gateway.core import actions as a
from gateway.core.decision import Accepting, Allowed, Awaited, Denied, wanting
from gateway.core.events import ReservationDurable, SaleRecorded, StoreFailed
from gateway.core.facts import (
    Fact,
    FlowBypassed,
    FlowUnauthorised,
    LedgerForked,
    OverrideGranted,
)
from gateway.core.lag import Lags
from gateway.core.open_draw import OpenDraw, OpenFill
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.core.session import Fill
from gateway.runtime.asking import Asking
from gateway.runtime.books import Books
from gateway.runtime.desk import Desk
from gateway.runtime.fills import Fills
from gateway.runtime.first_reservation import FirstReservation
from gateway.runtime.granting import override_of
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.noting import Note, fact_of
from gateway.runtime.office import Decision
from gateway.runtime.reserving import Reserving
from gateway.runtime.vouching import Vouch, at_once
from gateway.runtime.wall import WallClock
from hardware.ports import Clock

log = logging.getLogger(__name__)


class Till:
    """The desks' office. Lives in the control loop's thread; what is durable, the keeper does."""

    def __init__(
        self,
        books: Books,
        keeper: Keeper,
        *,
        asking: Asking,
        wall: WallClock,
        clock: Clock,
        incarnation: str,
        boot: int,
        next_session_no: Callable[[], int],
        vouch: Vouch = at_once,
    ) -> None:
        self._books = books
        self._keeper = keeper
        self._asking = asking
        self._wall = wall
        self.fills = Fills(books, wall, clock, incarnation, boot, next_session_no)
        self._vouch = vouch
        self._reserving = Reserving(books, keeper, self.fills, wall, vouch)
        self._learned: dict[int, tuple[int, Lags]] = {}

    def is_technician(self, uid: str) -> bool:
        return self._books.is_technician(uid)

    def decide(self, desk: Desk, action: a.Decide) -> tuple[Decision, str | None]:
        """What falls short is asked for; only an empty grant makes the driver wait for it."""
        decision, name = self._books.decide(
            desk, action.uid, action.override_by, action.preset_ml, action.given
        )
        empty = decision if isinstance(decision, Denied) and decision.for_want_of_litres else None
        if isinstance(decision, Accepting):
            self._books.due.accepted(desk, action.uid)
        if name is None or not (empty or isinstance(decision, Allowed)):
            return decision, name
        draws, fill_ml = self._books.needs(desk, name, action.override_by)
        self._asking.look_at(draws, fill_ml)
        if empty is None:
            return decision, name
        if not action.last and self._asking.is_awaited(draws):
            return Awaited(), name
        return wanting(empty, unanswered=self._asking.is_unanswered(draws)), name

    def forked(self, detail: str) -> None:
        """Central holds another history of this ledger; the entry tells every later start."""
        if self._books.stoppage.blocked is not Reason.LEDGER_FORKED:
            self._books.stoppage.block(Reason.LEDGER_FORKED)
            self.note_fact(LedgerForked(detail=detail[:200]))

    def reserve(self, desk: Desk, action: a.Reserve) -> None:
        place = desk.session.rules.third_party
        if place is not None:
            self._reserving.reserve(desk, place, action)
        else:
            self._reserve(desk, action, again=True)

    def _reserve(self, desk: Desk, action: a.Reserve, *, again: bool) -> None:
        """`again`: once more, if grants are closed or recalled while it is being written."""
        before = self._books.rows.get(desk.number)
        try:
            row = self.fills.row(desk, action, before)
        except ValueError as error:
            log.error(
                "pump %d: no reservation: %s",
                desk.number,
                error,
                extra={"event": "reservation_failed", "pump": desk.number},
            )
            desk.follow(StoreFailed(Reason.QUOTA_EXHAUSTED))
            return
        granted = None if before is not None else self._override_of(desk, row, action)
        if granted is not None:
            self._books.granting.add(desk.number)
        self._books.rows[desk.number] = row

        def put_back() -> None:
            self._books.granting.discard(desk.number)
            if before is None:
                del self._books.rows[desk.number]
            else:
                self._books.rows[desk.number] = before

        def failed(code: Reason) -> None:
            put_back()
            desk.take(StoreFailed(code))

        def superseded() -> None:
            if not again:
                failed(Reason.QUOTA_EXHAUSTED)
                return
            put_back()
            self._reserve(desk, action, again=False)

        durable = ReservationDurable(action.reserved_ml)

        def written() -> None:
            self._books.granting.discard(desk.number)
            if before is None:
                first = FirstReservation(desk, row, durable, self._books, self._keeper)
                self._vouch(first.witnessed, first.unwitnessed)
            else:
                desk.take(durable)

        self._keeper.submit(
            Job(
                facts=[] if granted is None else [(granted, self._wall.now())],
                put_session=row,
                done=written,
                failed=failed,
                superseded=superseded,
            )
        )

    def _override_of(self, desk: Desk, row: OpenFill, action: a.Reserve) -> OverrideGranted | None:
        return override_of(self._books, desk, row, action, self._wall.quality)

    def record_sale(self, desk: Desk, action: a.RecordSale) -> None:
        row = self._books.rows[desk.number]
        if isinstance(row, OpenDraw):
            self._books.due.draws.discard(desk.number)
        self._close(desk, self.fills.ended(desk, row, action), action.fill)

    def release(self, desk: Desk, action: a.Release) -> None:
        if desk.session.rules.third_party is not None:
            self._reserving.release(desk)
        else:
            self._close(desk, [], action.fill)

    def keep_lags(self, desk: Desk, lags: Lags) -> None:
        """Durable with the sale that taught them."""
        self._learned[desk.number] = (desk.number, lags)

    def note(self, desk: Desk, note: Note) -> None:
        totaliser_ml = self.fills.counted_ml(desk, desk.session.pulses_total)
        fact = fact_of(note, desk.number, totaliser_ml, self._wall.at)
        if isinstance(fact, FlowUnauthorised | FlowBypassed):
            counter = desk.counter_at(desk.session.pulses_total)
            fact = msgspec.structs.replace(fact, counter_end=counter)
        self.note_fact(fact)

    def note_fact(self, fact: Fact) -> None:
        self._keeper.note([(fact, self._wall.now())])

    def _close(self, desk: Desk, facts: list[Fact], fill: Fill) -> None:
        if desk.number not in self._books.rows:
            # The reservation never became durable, so there is nothing to drop.
            desk.follow(SaleRecorded())
            return
        now = self._wall.now()

        def done() -> None:
            self._learned.pop(desk.number, None)
            row = self._books.rows.pop(desk.number)
            if facts and isinstance(row, OpenSession):
                self._asking.look_at(*self._books.needs(desk, row.subject, row.override_by))
            desk.take(SaleRecorded())

        self._keeper.submit(
            Job(
                facts=[(fact, now) for fact in facts],
                drop_session=desk.number,
                lags=self._learned.get(desk.number),
                seal=fill.opened,
                done=done,
                failed=lambda code: desk.take(StoreFailed(code)),
            )
        )
