"""What the pumps ask for and what they report: reservations, sales and notes, on their way to
the keeper."""

import logging
from collections.abc import Callable

import msgspec

from gateway.core import actions as a
from gateway.core.decision import Allowed, Awaited, Denied, Drawing, wanting
from gateway.core.draws import split_over
from gateway.core.events import ReservationDurable, SaleRecorded, StoreFailed
from gateway.core.facts import (
    CounterReading,
    Fact,
    FlowUnauthorised,
    FlowUncounted,
    LedgerForked,
    SaleCompleted,
)
from gateway.core.lag import Lags
from gateway.core.open_draw import OpenDraw, OpenFill
from gateway.core.open_session import OpenSession, add_charges
from gateway.core.reasons import Reason
from gateway.core.recounting import counted_through
from gateway.core.sale import completed
from gateway.core.session import Fill
from gateway.core.units import NS_PER_MS
from gateway.runtime import drawing
from gateway.runtime.asking import Asking
from gateway.runtime.books import Books
from gateway.runtime.desk import Decision, Desk
from gateway.runtime.first_reservation import FirstReservation
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.noting import Note, fact_of
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
        self._clock = clock
        self._incarnation = incarnation
        self._boot = boot
        self._next_session_no = next_session_no
        self._vouch = vouch
        self._learned: dict[int, tuple[int, Lags]] = {}

    def is_technician(self, uid: str) -> bool:
        return self._books.is_technician(uid)

    def decide(self, desk: Desk, action: a.Decide) -> tuple[Decision, str | None]:
        """What falls short is asked for; only an empty grant makes the driver wait for it."""
        decision, name = self._books.decide(desk, action.uid, action.override_by, action.preset_ml)
        empty = decision if isinstance(decision, Denied) and decision.for_want_of_litres else None
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
        self._reserve(desk, action, again=True)

    def _reserve(self, desk: Desk, action: a.Reserve, *, again: bool) -> None:
        """`again`: once more, if grants are closed or recalled while it is being written."""
        before = self._books.rows.get(desk.number)
        try:
            row = self._reserved_row(desk, action, before)
        except ValueError as error:
            log.error("pump %d: no reservation: %s", desk.number, error)
            desk.follow(StoreFailed(Reason.QUOTA_EXHAUSTED))
            return
        self._books.rows[desk.number] = row

        def put_back() -> None:
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
            if before is None:
                first = FirstReservation(desk, row, durable, self._books, self._keeper)
                self._vouch(first.witnessed, first.unwitnessed)
            else:
                desk.take(durable)

        self._keeper.submit(
            Job(
                put_session=row,
                done=written,
                failed=failed,
                superseded=superseded,
            )
        )

    def record_sale(self, desk: Desk, action: a.RecordSale) -> None:
        row = self._books.rows[desk.number]
        if isinstance(row, OpenDraw):
            self._books.draws_due.discard(desk.number)
            row, counter_end = self._begun(row, desk, action.fill)
            self._close(desk, [drawing.ended(row, action, counter_end)], action.fill)
            return
        fact = self._sale(desk, row, action)
        facts: list[Fact] = [fact]
        unseen_ml = fact.volume_ml - fact.metered_ml
        if fact.estimated and unseen_ml:
            log.error("pump %d: the co-processor was without power in a fill", desk.number)
            facts.append(
                FlowUncounted(
                    pump=desk.number,
                    bound_ml=unseen_ml,
                    why="the co-processor was without power in the fill; this is part of the "
                    "estimated sale, not flow on top of it",
                )
            )
        self._close(desk, facts, action.fill)

    def release(self, desk: Desk, action: a.Release) -> None:
        self._close(desk, [], action.fill)

    def keep_lags(self, desk: Desk, lags: Lags) -> None:
        """Durable with the sale that taught them."""
        self._learned[desk.number] = (desk.number, lags)

    def note(self, desk: Desk, note: Note) -> None:
        totaliser_ml = self._counted_ml(desk, desk.session.pulses_total)
        fact = fact_of(note, desk.number, totaliser_ml)
        if isinstance(fact, FlowUnauthorised):
            counter = desk.counter_at(desk.session.pulses_total)
            fact = msgspec.structs.replace(fact, counter_end=counter)
        self.note_fact(fact)

    def note_fact(self, fact: Fact) -> None:
        self._keeper.note([(fact, self._wall.now())])

    def _reserved_row(self, desk: Desk, action: a.Reserve, before: OpenFill | None) -> OpenFill:
        allowed = action.fill.allowed
        if isinstance(allowed, Drawing):
            return self._drawn_row(desk, action, before if isinstance(before, OpenDraw) else None)
        subject, books = allowed.subject.subject, self._books
        draws = books.draws(allowed.subject, allowed.override_by, desk.number)
        now = self._wall.now()
        if isinstance(before, OpenSession):
            # A fill stays in the period in which it began.
            more_ml = action.reserved_ml - before.reserved_ml
            charges = split_over(
                books.balance, draws, more_ml, books.moment_of(before), books.reserved()
            )
            return msgspec.structs.replace(
                before,
                reserved=add_charges(before.reserved, charges),
                metered_ml=action.metered_ml,
                # What strayed before the valve opened is not part of the fill.
                totaliser_start_ml=self._counted_ml(desk, action.fill.start_pulses),
                counter_start=_counter_start(before, desk, action.fill),
            )
        charges = split_over(
            books.balance, draws, action.reserved_ml, books.moment(), books.reserved()
        )
        number = self._next_session_no()
        return OpenSession(
            session_no=number,
            sale=f"{self._incarnation}-{number}",
            pump=desk.number,
            mode="valve",
            card=allowed.card.uid,
            subject=subject,
            department=allowed.subject.department,
            product=allowed.price.product,
            price_idr_per_l=allowed.price.price_idr_per_l,
            price_version=allowed.price.version,
            reserved=charges,
            metered_ml=0,
            totaliser_start_ml=self._counted_ml(desk, action.fill.start_pulses),
            counter_start=desk.counter_at(action.fill.start_pulses),
            started=now,
            boot=self._boot,
            override_by=allowed.override_by,
        )

    def _drawn_row(self, desk: Desk, action: a.Reserve, before: OpenDraw | None) -> OpenDraw:
        counter = desk.counter_at(action.fill.start_pulses)
        return drawing.opening(
            before,
            action,
            session_no=before.session_no if before is not None else self._next_session_no(),
            pump=desk.number,
            totaliser_start_ml=self._counted_ml(desk, action.fill.start_pulses),
            counter_start=counter if before is None else _counter_start(before, desk, action.fill),
            started=self._wall.now(),
            boot=self._boot,
        )

    def _begun(
        self, row: OpenDraw, desk: Desk, fill: Fill
    ) -> tuple[OpenDraw, CounterReading | None]:
        """The row with the counts at which the valve opened; and the co-processor's at the end."""
        row = msgspec.structs.replace(
            row,
            totaliser_start_ml=self._counted_ml(desk, fill.start_pulses),
            counter_start=_counter_start(row, desk, fill),
        )
        return row, desk.counter_at(_end_pulses(fill))

    def _counted_ml(self, desk: Desk, pulses: int) -> int:
        calibration = desk.session.rules.dosing.calibration
        return self._books.totaliser_ml(desk.number, calibration.volume_ml(pulses))

    def _sale(self, desk: Desk, row: OpenSession, action: a.RecordSale) -> SaleCompleted:
        fill = action.fill
        end_pulses = _end_pulses(fill)
        counter_end = desk.counter_at(end_pulses)
        row = msgspec.structs.replace(row, counter_start=_counter_start(row, desk, fill))
        counted = counted_through(row.counter_start, counter_end)
        volume_ml = action.volume_ml if counted else max(action.volume_ml, row.reserved_ml)
        return completed(
            row,
            volume_ml,
            totaliser_start_ml=self._counted_ml(desk, fill.start_pulses),
            totaliser_end_ml=self._counted_ml(desk, end_pulses) if counted else None,
            metered_ml=action.volume_ml,
            estimated=not counted,
            counter_end=counter_end if counted else None,
            ended_by=action.ended_by,
            offline=not self._books.online,
            clock=self._wall.quality,
            boot=self._boot,
            uptime_ms=self._clock.monotonic_ns() // NS_PER_MS,
        )

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


def _end_pulses(fill: Fill) -> int:
    return fill.end_pulses if fill.end_pulses is not None else fill.start_pulses


def _counter_start(row: OpenFill, desk: Desk, fill: Fill) -> CounterReading | None:
    """Where the fill began by the co-processor's count; it may have lost its power since."""
    now, before = desk.counter_at(fill.start_pulses), row.counter_start
    return now if before is None or (now is not None and now.run == before.run) else before
