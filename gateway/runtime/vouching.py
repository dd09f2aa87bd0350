"""Tells the co-processors how far the ledger is, so that an older copy of it is known as one.

Nothing here waits: the control loop looks again and again whether an answer has come. In
simulated time the forecourt, and the co-processor in it, go on meanwhile.
"""

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from gateway.core.facts import (
    TYPE_OF,
    AllocationApplied,
    GrantActivated,
    GrantClosed,
    SaleCompleted,
)
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.core.units import NS_PER_MS, NS_PER_S
from gateway.core.witness import HASH_DIGITS, Witnessed
from hardware.ports import Clock, HardwareError, Receipt, Witness

log = logging.getLogger(__name__)

WITHIN_NS = 2 * NS_PER_S
"""A reservation waits so long for an acknowledgement, which takes a few ms."""
AGAIN_NS = 200 * NS_PER_MS
"""Pause before a co-processor that does not answer, or refuses, is told again."""
LOOK_NS = 5 * NS_PER_MS
"""Pause between looks for an answer that a driver waits for."""
TELLING = frozenset(
    TYPE_OF[kind] for kind in (AllocationApplied, GrantActivated, GrantClosed, SaleCompleted)
)
"""After entries of these types the co-processors are told without being asked. The first two
also say that central has confirmed a ledger that follows another."""

Vouch = Callable[[Callable[[], None], Callable[[Reason], None]], None]
"""Calls the first once it is witnessed how far the ledger is, or the second with the reason."""


def at_once(done: Callable[[], None], _failed: Callable[[Reason], None]) -> None:
    """Where no co-processor is fitted."""
    done()


class _Waiter(NamedTuple):
    place: Witnessed
    until_ns: int
    done: Callable[[], None]
    failed: Callable[[Reason], None]


class Vouching:
    """Lives in the control loop's thread."""

    def __init__(
        self,
        witnesses: Sequence[Witness],
        clock: Clock,
        place: Witnessed,
        *,
        tell: bool,
        refused: Reason | None = None,
    ) -> None:
        """`place`: how far the ledger is; `tell`: say so at once. `refused`: why never to say
        anything, for entries that are written all the same would hide what was witnessed."""
        self._clock = clock
        self._refused = refused
        self._newest = place
        self._head: Entry | None = None
        """A newer one than in `_newest`."""
        self._told = [_Telling(witness, clock) for witness in witnesses]
        self._wanted = place if tell else None
        self._waiters: list[_Waiter] = []

    def committed(self, entries: Sequence[Entry], high_water: int) -> None:
        """New entries are durable; `high_water` of the grants in them and before."""
        if not entries or not self._told or self._refused is not None:
            return
        self._head = entries[-1]
        self._high_water = high_water
        if any(entry.type in TELLING for entry in entries):
            self._wanted = self._place()

    def vouch(self, done: Callable[[], None], failed: Callable[[Reason], None]) -> None:
        """Call `done` once a co-processor has acknowledged how far the ledger is now, or `failed`
        when none has in time; both in this thread, at once or in a later turn."""
        if self._refused is not None:
            failed(self._refused)
            return
        if not self._told:
            done()
            return
        self._wanted = self._place()
        until_ns = self._clock.monotonic_ns() + WITHIN_NS
        self._waiters.append(_Waiter(self._wanted, until_ns, done, failed))
        self.turn()

    def due_ns(self) -> int | None:
        """When to turn again at the latest, while somebody waits."""
        return self._clock.monotonic_ns() + LOOK_NS if self._waiters else None

    def turn(self) -> None:
        if self._wanted is None:
            return
        now_ns = self._clock.monotonic_ns()
        for telling in self._told:
            telling.turn(self._wanted, now_ns)
        waiting, self._waiters = self._waiters, []
        for waiter in waiting:
            if any(telling.covers(waiter.place) for telling in self._told):
                waiter.done()
            elif now_ns < waiter.until_ns:
                self._waiters.append(waiter)
            else:
                log.error(
                    "no co-processor has acknowledged entry %d",
                    waiter.place.sequence,
                    extra={"event": "entry_not_witnessed", "entry": waiter.place.sequence},
                )
                waiter.failed(Reason.WITNESS_SILENT)

    def _place(self) -> Witnessed:
        if self._head is not None:
            head, self._head = self._head, None
            self._newest = Witnessed(
                self._newest.incarnation, head.sequence, head.hash[:HASH_DIGITS], self._high_water
            )
        return self._newest


class _Telling:
    """How far one co-processor has been told."""

    def __init__(self, witness: Witness, clock: Clock) -> None:
        self._witness = witness
        self._acknowledged: Witnessed | None = None
        self._receipt: Receipt | None = None
        self._said: Witnessed | None = None
        self._said_ns = clock.monotonic_ns()
        self._again_ns = self._said_ns
        self._connections = witness.connections
        self._refused = ""

    def covers(self, place: Witnessed) -> bool:
        return self._acknowledged is not None and self._acknowledged.covers(place)

    def turn(self, wanted: Witnessed, now_ns: int) -> None:
        if self._connections != self._witness.connections:
            self._connections = self._witness.connections
            self._acknowledged = self._receipt = None
        if self._receipt is not None:
            self._look(self._receipt, now_ns)
        if self._receipt is None and not self.covers(wanted) and now_ns >= self._again_ns:
            self._again_ns = now_ns + AGAIN_NS
            try:
                self._receipt = self._witness.tell(wanted)
            except HardwareError:
                return  # Said by the pump; tried again.
            self._said, self._said_ns = wanted, now_ns
            self._look(self._receipt, now_ns)

    def _look(self, receipt: Receipt, now_ns: int) -> None:
        answer = receipt.answer
        if answer is None:
            if now_ns - self._said_ns >= WITHIN_NS:
                self._receipt = None
            return
        self._receipt = None
        if answer == "":
            self._acknowledged = self._said
            self._again_ns = now_ns
        elif answer != self._refused:
            log.error(
                "co-processor %s: not witnessed: %s",
                self._witness.name,
                answer,
                extra={"event": "entry_not_witnessed"},
            )
        self._refused = answer
