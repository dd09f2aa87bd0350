"""What has been counted at each pump since this process began, for whoever watches the station.

Codes alone: no card, vehicle or person is in it, and no more of it than there are codes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from gateway.core.facts import (
    TYPE_OF,
    FlowBypassed,
    FlowUnauthorised,
    PumpFaulted,
    SaleCompleted,
    SaleRefused,
)
from gateway.core.log import Entry

if TYPE_CHECKING:  # the console reads these counts, and loads no driver
    from gateway.runtime.desk import Desk


class PumpCounts(Struct, kw_only=True):
    pump: int
    fills: int = 0
    volume_ml: int = 0
    unauthorised_ml: int = 0
    bypassed_ml: int = 0
    refusals: dict[str, int] = field(default_factory=Counter)
    """By reason code."""
    faults: dict[str, int] = field(default_factory=Counter)
    """By fault."""
    reader_errors: int = 0
    """Polls that the reader did not answer."""
    answers: list[int] = []
    """Taps by how long their answer took: gateway/runtime/promptness.py has the bounds."""
    answers_us: int = 0
    """How long all of them took."""


class Counts:
    """Fed with what is committed, in the control loop's thread."""

    def __init__(self, desks: "Mapping[int, Desk]") -> None:
        self._desks = desks
        self._counts = {number: PumpCounts(pump=number) for number in desks}

    def committed(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            at = self._counts.get(entry.data.get("pump", 0))
            if at is not None:
                _count(at, entry)

    def now(self) -> list[PumpCounts]:
        """Of each pump, as it is now: what is counted afterwards does not change it."""
        return [self._now(number, desk) for number, desk in self._desks.items()]

    def _now(self, number: int, desk: "Desk") -> PumpCounts:
        counted, watch = self._counts[number], desk.card_watch
        return replace(
            counted,
            refusals=dict(counted.refusals),
            faults=dict(counted.faults),
            reader_errors=watch.errors,
            answers=[*watch.promptness.counts],
            answers_us=watch.promptness.sum_us,
        )


def _count(at: PumpCounts, entry: Entry) -> None:
    said = entry.data
    if entry.type == TYPE_OF[SaleCompleted]:
        at.fills += 1
        at.volume_ml += said["volume_ml"]
    elif entry.type == TYPE_OF[SaleRefused]:
        at.refusals[said["code"]] += 1
    elif entry.type == TYPE_OF[PumpFaulted]:
        at.faults[said["fault"]] += 1
    elif entry.type == TYPE_OF[FlowUnauthorised]:
        at.unauthorised_ml += said["volume_ml"]
    elif entry.type == TYPE_OF[FlowBypassed]:
        at.bypassed_ml += said["volume_ml"]
