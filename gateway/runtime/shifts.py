"""Shifts that people open, look at and close."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gateway.core.shift import Shift, closing, opening
from gateway.runtime.books import Books
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.holdings import Holdings
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.refusals import Refusal, Refused, not_written
from gateway.runtime.requests import CloseShift, OpenShift, ShiftRequest, ShowShift
from gateway.store.errors import StoreError

log = logging.getLogger(__name__)


class Shifts:
    """Lives in the control loop's thread; totals are the writer's, for it knows what is on disk."""

    def __init__(
        self, desks: Mapping[int, Desk], books: Books, keeper: Keeper, holdings: Holdings
    ) -> None:
        self._desks = desks
        self._books = books
        self._keeper = keeper
        self._holdings = holdings

    def take(self, request: ShiftRequest, answer: Callable[[Answer], None]) -> None:
        """Answers once it is durable."""
        if isinstance(request, ShowShift):
            answer(Answer(done=self._shown()))
            return
        totaliser_ml, now = self._totalisers(), self._books.now()
        self._keeper.run(lambda: self._write(request, totaliser_ml, now, answer))

    def _totalisers(self) -> dict[int, int]:
        found = {}
        for number, desk in self._desks.items():
            session = desk.session
            volume_ml = session.rules.dosing.calibration.volume_ml(session.pulses_total)
            # What flowed by the key and is in no entry yet, is the next shift's.
            volume_ml -= session.bypassed_ml
            found[number] = self._books.totaliser_ml(number, volume_ml)
        return found

    def _shown(self) -> dict[str, Any]:
        shift = self._books.balance.shift
        began_ml = {number: row.totaliser_start_ml for number, row in self._books.rows.items()}
        begun = shift.begun
        return {
            "open": begun is not None,
            "number": shift.number,
            "opened": begun.time if begun is not None else None,
            "opened_by": begun.by if begun is not None else None,
            "totals": msgspec.to_builtins(shift.totals),
            "undeclared": len(self._books.balance.reservations),
            "readings": msgspec.to_builtins(shift.readings_to(self._totalisers() | began_ml)),
        }

    def _write(
        self,
        request: OpenShift | CloseShift,
        totaliser_ml: Mapping[int, int],
        now: str,
        answer: Callable[[Answer], None],
    ) -> None:
        """In the writer's thread: nothing can come between the totals and their entry."""
        shift = self._holdings.balance.shift
        refused = _refused(request, shift)
        if refused is not None:
            self._keeper.answer(lambda: answer(refused))
            return
        readings = {**totaliser_ml, **self._holdings.fills_began_at_ml()}
        make = opening if isinstance(request, OpenShift) else closing
        try:
            fact = make(shift, request.by, readings)
            entries = self._keeper.commit(Job(facts=[(fact, now)], seal=True, before_notes=True))
        except StoreError as error:
            log.error("shift: not durable: %s", error, extra={"event": "entry_not_durable"})
            failed = not_written(error.code).answer
            self._keeper.answer(lambda: answer(failed))
            return
        done = {"sequence": entries[0].sequence, **msgspec.to_builtins(fact)}
        self._keeper.answer(
            lambda: self._keeper.tell_committed(entries), lambda: answer(Answer(done=done))
        )


def _refused(request: OpenShift | CloseShift, shift: Shift) -> Answer | None:
    """Why not, by how the shift stands where nothing more can come between; None: do it."""
    begun = shift.begun
    match request:
        case OpenShift() if begun is not None:
            return Refused(
                Refusal.SHIFT_OPEN,
                f"shift {shift.number} of {begun.by} is open since {begun.time}: close it first",
                number=shift.number,
                by=begun.by,
            ).answer
        case CloseShift() if begun is None:
            return Refused(Refusal.SHIFT_NONE, "no shift is open: open one first").answer
        case CloseShift(number=number) if number not in (None, shift.number):
            return Refused(
                Refusal.SHIFT_OTHER,
                f"shift {shift.number} is open, and not {number}: nothing was closed",
                number=shift.number,
            ).answer
    return None
