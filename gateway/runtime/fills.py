"""What a fill is on disk: a row while it is open, and the entries that it ends in."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from gateway.core import actions as a
from gateway.core.allocation import PutPrice, PutSubject
from gateway.core.decision import Drawing
from gateway.core.declaring import declared
from gateway.core.draws import split_over
from gateway.core.facts import (
    Charge,
    CounterReading,
    Fact,
    FlowUncounted,
    SaleCompleted,
    SaleDeclared,
    SaleReserved,
)
from gateway.core.facts.declared import DECLARED_MODE
from gateway.core.open_draw import OpenDraw, OpenFill
from gateway.core.open_session import OpenSession, add_charges
from gateway.core.recounting import counted_through
from gateway.core.sale import METERED_MODE, completed
from gateway.core.session import Fill
from gateway.core.units import NS_PER_MS
from gateway.runtime import drawing
from gateway.runtime.books import Books
from gateway.runtime.desk import Desk
from gateway.runtime.wall import WallClock
from hardware.ports import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fills:
    """Of vehicles, and into a test can. Only says what is to be written; the till has it done."""

    _books: Books
    _wall: WallClock
    _clock: Clock
    _incarnation: str
    _boot: int
    _next_session_no: Callable[[], int]

    def row(self, desk: Desk, action: a.Reserve, before: OpenFill | None) -> OpenFill:
        """What must be durable before the valve opens, or before more may flow.

        ValueError: its grants do not cover it.
        """
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
                totaliser_start_ml=self.counted_ml(desk, action.fill.start_pulses),
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
            mode=METERED_MODE if desk.session.rules.third_party is None else DECLARED_MODE,
            card=allowed.card.uid,
            subject=subject,
            department=allowed.subject.department,
            product=allowed.price.product,
            price_idr_per_l=allowed.price.price_idr_per_l,
            price_version=allowed.price.version,
            reserved=charges,
            metered_ml=0,
            totaliser_start_ml=self.counted_ml(desk, action.fill.start_pulses),
            counter_start=desk.counter_at(action.fill.start_pulses),
            started=now,
            boot=self._boot,
            override_by=allowed.override_by,
            driver=allowed.driver,
            meter=allowed.meter,
        )

    def ended(self, desk: Desk, row: OpenFill, action: a.RecordSale) -> list[Fact]:
        """The entries of a fill that took something."""
        if isinstance(row, OpenDraw):
            row, counter_end = self._begun(row, desk, action.fill)
            return [drawing.ended(row, action, counter_end)]
        fact = self._sale(desk, row, action)
        unseen_ml = fact.volume_ml - fact.metered_ml
        if not (fact.estimated and unseen_ml):
            return [fact]
        log.error(
            "pump %d: the co-processor was without power in a fill",
            desk.number,
            extra={"event": "fill_uncounted", "pump": desk.number},
        )
        unseen = FlowUncounted(
            pump=desk.number,
            bound_ml=unseen_ml,
            why="the co-processor was without power in the fill; this is part of the "
            "estimated sale, not flow on top of it",
        )
        return [fact, unseen]

    def unmetered(
        self,
        subject: PutSubject,
        price: PutPrice,
        charges: Sequence[Charge],
        volume_ml: int,
        *,
        pump: int,
        mode: str,
        card: str | None,
        started: str,
    ) -> SaleCompleted:
        """Fuel that no meter of ours counted, by a person's word. What is beyond the charges is
        held against the vehicle as an overrun."""
        number = self._next_session_no()
        row = OpenSession(
            session_no=number,
            sale=f"{self._incarnation}-{number}",
            pump=pump,
            mode=mode,
            card=card,
            subject=subject.subject,
            department=subject.department,
            product=price.product,
            price_idr_per_l=price.price_idr_per_l,
            price_version=price.version,
            reserved=list(charges),
            metered_ml=0,
            totaliser_start_ml=0,
            started=started,
            boot=self._boot,
        )
        return completed(
            row,
            volume_ml,
            totaliser_start_ml=0,
            totaliser_end_ml=None,
            metered_ml=0,
            estimated=False,
            ended_by=mode,
            offline=not self._books.online,
            clock=self._wall.quality,
            boot=self._boot,
            uptime_ms=self._clock.monotonic_ns() // NS_PER_MS,
        )

    def declared(
        self,
        reserved: SaleReserved,
        volume_ml: int,
        number: str,
        by: tuple[str, str],
        more: Sequence[Charge],
    ) -> tuple[SaleCompleted, SaleDeclared]:
        """Fuel that a third party's pump gave; as gateway.core.declaring says."""
        return declared(
            reserved,
            volume_ml,
            number,
            by,
            more=more,
            offline=not self._books.online,
            clock=self._wall.quality,
            boot=self._boot,
            uptime_ms=self._clock.monotonic_ns() // NS_PER_MS,
        )

    def counted_ml(self, desk: Desk, pulses: int) -> int:
        """The pump's totaliser when its driver had counted so many pulses."""
        calibration = desk.session.rules.dosing.calibration
        return self._books.totaliser_ml(desk.number, calibration.volume_ml(pulses))

    def _drawn_row(self, desk: Desk, action: a.Reserve, before: OpenDraw | None) -> OpenDraw:
        counter = desk.counter_at(action.fill.start_pulses)
        return drawing.opening(
            before,
            action,
            session_no=before.session_no if before is not None else self._next_session_no(),
            pump=desk.number,
            totaliser_start_ml=self.counted_ml(desk, action.fill.start_pulses),
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
            totaliser_start_ml=self.counted_ml(desk, fill.start_pulses),
            counter_start=_counter_start(row, desk, fill),
        )
        return row, desk.counter_at(_end_pulses(fill))

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
            totaliser_start_ml=self.counted_ml(desk, fill.start_pulses),
            totaliser_end_ml=self.counted_ml(desk, end_pulses) if counted else None,
            metered_ml=action.volume_ml,
            estimated=not counted,
            counter_end=counter_end if counted else None,
            ended_by=action.ended_by,
            offline=not self._books.online,
            clock=self._wall.quality,
            boot=self._boot,
            uptime_ms=self._clock.monotonic_ns() // NS_PER_MS,
        )


def _end_pulses(fill: Fill) -> int:
    return fill.end_pulses if fill.end_pulses is not None else fill.start_pulses


def _counter_start(row: OpenFill, desk: Desk, fill: Fill) -> CounterReading | None:
    """Where the fill began by the co-processor's count; it may have lost its power since."""
    now, before = desk.counter_at(fill.start_pulses), row.counter_start
    return now if before is None or (now is not None and now.run == before.run) else before
