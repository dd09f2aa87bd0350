"""What people at this machine ask a running gateway for, and who does it."""

from collections.abc import Callable, Mapping

from gateway.config.types import Totalisers
from gateway.core.log import Entry
from gateway.runtime.books import Books
from gateway.runtime.calibrating import Calibrating
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.entering import Entering
from gateway.runtime.keeper import Keeper
from gateway.runtime.requests import EnterTotaliser, Request
from hardware.ports import Clock


class Requested:
    """Lives in the control loop's thread."""

    def __init__(
        self,
        desks: Mapping[int, Desk],
        books: Books,
        keeper: Keeper,
        clock: Clock,
        totalisers: Totalisers,
    ) -> None:
        self._entering = Entering(desks, books, keeper, totalisers)
        self._calibrating = Calibrating(desks, books, keeper, clock)

    def take(self, request: Request, answer: Callable[[Answer], None]) -> None:
        """Do it, and answer once it is done."""
        if isinstance(request, EnterTotaliser):
            self._entering.take(request, answer)
        else:
            self._calibrating.take(request, answer)

    def turn(self) -> None:
        self._calibrating.turn()

    def committed(self, entries: list[Entry]) -> None:
        self._calibrating.committed(entries)
