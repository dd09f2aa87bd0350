"""What is done for the grants from time to time, whatever the pumps do."""

import logging

from gateway.core.units import NS_PER_S
from gateway.runtime.holdings import Holdings
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.wall import WallClock
from gateway.store.errors import StoreError
from hardware.ports import Clock

log = logging.getLogger(__name__)

EVERY_NS = 60 * NS_PER_S
"""Central waits for the litres of a month that is over, but nobody at a pump does."""


class Upkeep:
    """Called at every turn of the control loop; closes what has expired, a batch at a time."""

    def __init__(self, holdings: Holdings, keeper: Keeper, wall: WallClock, clock: Clock) -> None:
        self._holdings = holdings
        self._keeper = keeper
        self._wall = wall
        self._clock = clock
        self._due_ns = clock.monotonic_ns()

    def turn(self) -> None:
        now_ns = self._clock.monotonic_ns()
        if now_ns < self._due_ns:
            return
        self._due_ns = now_ns + EVERY_NS
        self._keeper.run(self._close_expired)

    def _close_expired(self) -> None:
        """In the writer's thread."""
        closes = self._holdings.expired()
        if not closes:
            return
        now = self._wall.now()
        try:
            entries = self._keeper.commit(Job(facts=[(close, now) for close in closes]))
        except StoreError as error:
            log.error(
                "%d expired grants are not closed yet: %s",
                len(closes),
                error,
                extra={"event": "grants_not_closed"},
            )
            return
        self._keeper.answer(lambda: self._keeper.tell_committed(entries), self._more)

    def _more(self) -> None:
        """In the loop's thread: the next batch need not wait."""
        self._due_ns = self._clock.monotonic_ns()
