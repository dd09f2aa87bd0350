"""The pumps' counts against what is in the ledger, looked at after each fill and once a day."""

import logging
from collections.abc import Callable, Mapping

from gateway.config.types import Totalisers
from gateway.core.comparing import Comparison, alarm, with_counter
from gateway.core.facts import (
    TYPE_OF,
    CalibrationDrawn,
    CounterReading,
    Fact,
    FlowBypassed,
    SaleCompleted,
    TotaliserRead,
)
from gateway.core.log import Entry
from gateway.core.meters import NEW, Meter
from gateway.core.recounting import unseen_while_shut
from gateway.core.units import NS_PER_S
from gateway.runtime.books import Books
from gateway.runtime.desk import Desk
from hardware.ports import Clock

log = logging.getLogger(__name__)

_LOOKED_AT = frozenset(TYPE_OF[kind] for kind in (SaleCompleted, CalibrationDrawn, FlowBypassed))
DAY_NS = 24 * 3600 * NS_PER_S


class Totals:
    """Lives in the control loop's thread. A pump is looked at when it is at rest and nothing of
    its is on the way to the disk."""

    def __init__(
        self,
        desks: Mapping[int, Desk],
        books: Books,
        settings: Totalisers,
        clock: Clock,
        *,
        note: Callable[[Fact], None],
        busy: Callable[[], bool],
    ) -> None:
        """`note` writes a fact; `busy`: something is on the way to the disk."""
        self._desks = {
            number: desk for number, desk in desks.items() if desk.session.rules.third_party is None
        }
        self._books = books
        self._tolerance_ml = settings.tolerance_ml
        self._clock = clock
        self._note = note
        self._busy = busy
        self._due: set[int] = set()
        self._day_ns = clock.monotonic_ns() + DAY_NS
        self._today: set[int] = set()
        self._own = {number: self._own_now(number) for number in self._desks}

    def committed(self, entries: list[Entry]) -> None:
        """A fill that has ended, or flow by a bypass key that is written down, is looked at."""
        for entry in entries:
            if entry.type in _LOOKED_AT:
                self._due |= {entry.data["pump"]} & self._desks.keys()

    def turn(self) -> None:
        now_ns = self._clock.monotonic_ns()
        if now_ns >= self._day_ns:
            self._day_ns = now_ns + DAY_NS
            self._today = set(self._desks)
        self._due |= {number for number, desk in self._desks.items() if self._unseen(desk)}
        if not (self._due or self._today) or self._busy() or self._books.stoppage.blocked:
            return
        for number in sorted(self._due | self._today):
            desk = self._desks[number]
            # What flowed by the key may be litres, and its entry comes in seconds.
            if desk.at_rest and not desk.session.bypassed_ml:
                self._look(number, daily=number in self._today)
                self._due.discard(number)
                self._today.discard(number)

    def _look(self, number: int, *, daily: bool) -> None:
        desk, meter = self._desks[number], self._meter(number)
        counter = desk.counter_at(desk.session.pulses_total)
        for fact in self._unseen(desk):
            self._note(fact)
        found = self._compared(desk, meter, counter)
        if found is not None and found.drifted:
            log.error(
                "pump %d: counted %d ml since %s, recorded %d ml; tolerated are %d ml: look for "
                "flow past the records, or a damaged totaliser",
                *(number, found.counted_ml, found.since, found.recorded_ml, found.tolerance_ml),
                extra={"event": "totaliser_drifted", "pump": number},
            )
            self._note(alarm(number, "counter", found, counter))
            ours_ml, _, since = self._own_now(number)
            self._own[number] = ours_ml, 0, since
        elif counter is not None and (daily or meter.base is None or meter.base.run != counter.run):
            self._note(
                TotaliserRead(
                    pump=number,
                    counter=counter,
                    totaliser_ml=self._ours_ml(number),
                    why="day" if daily else "restarted",
                )
            )

    def _unseen(self, desk: Desk) -> list[Fact]:
        """At once, for the next fill makes the co-processor forget it."""
        if not desk.uncounted_ms:
            return []
        return unseen_while_shut(
            desk.number,
            self._meter(desk.number),
            desk.counter_at(desk.session.pulses_total),
            desk.uncounted_ms,
            desk.session.rules.dosing.max_flow_ml_per_min,
        )

    def _compared(
        self, desk: Desk, meter: Meter, counter: CounterReading | None
    ) -> Comparison | None:
        pending_ml, tolerance_ml = desk.session.stray_ml, self._tolerance_ml
        if counter is not None:
            ratio = desk.session.rules.dosing.calibration
            return with_counter(
                meter, counter, ratio, tolerance_ml=tolerance_ml, pending_ml=pending_ml
            )
        ours_ml, recorded_ml, since = self._own[desk.number]
        counted_ml = self._ours_ml(desk.number) - ours_ml
        recorded_ml = meter.recorded_ml - recorded_ml
        return Comparison(since, counted_ml, recorded_ml, tolerance_ml, pending_ml)

    def _own_now(self, number: int) -> tuple[int, int, str]:
        """Our own count, what is recorded, and the time, from where both are compared."""
        return self._ours_ml(number), self._meter(number).recorded_ml, self._books.now()

    def _ours_ml(self, number: int) -> int:
        session = self._desks[number].session
        volume_ml = session.rules.dosing.calibration.volume_ml(session.pulses_total)
        return self._books.totaliser_ml(number, volume_ml)

    def _meter(self, number: int) -> Meter:
        return self._books.balance.meters.get(number, NEW)
