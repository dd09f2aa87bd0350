"""Shifts added up anew: what each opening and closing says against the entries before it."""

from collections.abc import Callable

from gateway.audit.problems import Wrong
from gateway.audit.tally import Tally
from gateway.core.facts import Fact, ShiftClosed, ShiftOpened
from gateway.core.log import Entry
from gateway.core.running import Running
from gateway.core.shift import NO_SHIFT, Shift

_TURNS = (ShiftOpened, ShiftClosed)


class Shifts:
    """Of one history."""

    def __init__(self, tally: Tally, *, whole: bool) -> None:
        """Not `whole`: nothing is known before the first opening or closing."""
        self._tally = tally
        self._running = Running(NO_SHIFT)
        self._known = whole

    def begin_at(self, shift: Shift) -> None:
        """What a checkpoint says."""
        self._running, self._known = Running(shift), True

    def compare(self, shift: Shift, wrong: Wrong) -> None:
        """What a checkpoint says, with what the entries before it come to."""
        if self._known and shift != self._running.shift:
            wrong("shift_differs")

    def take(
        self, entry: Entry, fact: Fact, counted_ml: Callable[[int], int], wrong: Wrong
    ) -> None:
        """Every entry, once its fact has been read. `counted_ml`: by what meters stand at."""
        if isinstance(fact, _TURNS):
            if self._known:
                self._judge(fact, wrong)
            for reading in fact.readings:
                least_ml = max(counted_ml(reading.pump), reading.start_ml or 0)
                if reading.end_ml < least_ml:
                    wrong(
                        "shift_reading", pump=reading.pump, expected=least_ml, found=reading.end_ml
                    )
            self._known = True
            self._tally.shifts += isinstance(fact, ShiftClosed)
        self._running.take(entry)

    @property
    def open(self) -> bool:
        """A shift has not been closed."""
        return self._running.shift.begun is not None

    def _judge(self, fact: ShiftOpened | ShiftClosed, wrong: Wrong) -> None:
        shift = self._running.shift
        begun = shift.begun
        if isinstance(fact, ShiftOpened):
            totals = fact.since
            order = begun is None and fact.number == shift.number + 1
        else:
            totals = fact.totals
            order = (
                begun is not None
                and fact.number == shift.number
                and (fact.opened_at, fact.opened, fact.opened_by)
                == (begun.sequence, begun.time, begun.by)
            )
        if not order:
            wrong("shift_order", number=fact.number)
        if totals != shift.totals:
            wrong("shift_totals", number=fact.number)
        if any(one.start_ml != shift.readings.get(one.pump) for one in fact.readings):
            wrong("shift_readings", number=fact.number)
