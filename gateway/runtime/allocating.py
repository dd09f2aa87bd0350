"""Directives on their way into the allocation cache and the ledger, in the writer's thread."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gateway.core.chain import GENESIS
from gateway.core.facts import AllocationApplied, EpochAdopted, Fact
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.holdings import Holdings
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.wall import WallClock
from gateway.store.allocation import Allocation
from gateway.store.errors import AllocationDamaged, AllocationExpired, StoreError
from gateway.store.own_seals import OwnSeals
from gateway.store.state import NewEpoch
from mqtt.snapshot import Snapshot

log = logging.getLogger(__name__)


REBUILT = (Reason.ALLOCATION_DAMAGED, Reason.NOT_CONFIRMED)
"""What a cache made of all directives anew puts right."""


class _News(NamedTuple):
    """A cache that is not in the ledger yet, and who is to hear of it."""

    allocation: Allocation
    time: str
    """Of its newest directive."""
    changed: Callable[[], None]


class Allocating:
    """Holds the cache that is in force, or gathers all directives anew while there is none."""

    def __init__(
        self,
        path: Path,
        seals: OwnSeals,
        recorded: AllocationApplied | None,
        holdings: Holdings,
        *,
        restored: bool = False,
    ) -> None:
        """`restored`: the ledger began anew, without its litres; what central says is awaited."""
        self._path = path
        self._seals = seals
        self._recorded = recorded
        self._holdings = holdings
        self._gathered: list[Entry] = []
        """Of a log whose directives are not in force: from its first one on."""
        self._unsaid = False
        """The cache is ahead of the ledger, and the keeper knows it."""
        self.allocation: Allocation | None = None
        self.blocked: Reason | None = None
        """Why the cache must not be sold from, until it has been made good."""
        try:
            self.allocation = Allocation.open(path, seals)
            self.allocation.check_against(recorded)
            if restored and recorded is None:
                log.warning("restored: nothing is sold until central has confirmed it")
                self.blocked = Reason.NOT_CONFIRMED
        except AllocationExpired as error:
            self._block(error)
        except AllocationDamaged as error:
            self.allocation = None
            self._block(error)
        self.position = self._position()
        """Sequence and hash of the last directive held; replaced, never changed in place."""

    def catch_up(self, say: Callable[[list[Fact]], object]) -> None:
        """At start: let `say` commit what a crash between cache and ledger left unsaid."""
        if self.allocation is None or self.blocked is not None:
            return
        applied = self.allocation.applied
        if applied != self._recorded:
            say(self._facts(self.allocation, applied))
            self._recorded = applied

    def arrived(
        self,
        directives: list[Entry] | Snapshot,
        keeper: Keeper,
        wall: WallClock,
        changed: Callable[[], None],
    ) -> None:
        """Apply checked directives that follow `position`, or a snapshot in place of all.

        `changed` runs in the loop's thread.

        In the writer's thread. StoreError: not applied, and `position` asks for them again; or
        applied and not yet said in the ledger, which the keeper then makes good.
        """
        try:
            if isinstance(directives, Snapshot):
                allocation, time = self._replaced(directives), directives.time
            else:
                allocation, time = self._with(directives), directives[-1].time
        except Exception:
            self._gathered = []
            self._place(keeper, changed)
            raise
        if allocation is not None:
            self._put_in_force(_News(allocation, time, changed), keeper, wall)

    def _put_in_force(self, news: _News, keeper: Keeper, wall: WallClock) -> None:
        try:
            self._say(news, keeper, wall)
        except StoreError:
            self._place(keeper, news.changed)
            if news.allocation is self.allocation and not self._unsaid:
                self._unsaid = True
                keeper.until_done(lambda: self._say_late(news, keeper, wall))
            raise

    def complete(self, keeper: Keeper, wall: WallClock, changed: Callable[[], None]) -> None:
        """All that central has is here: a new log is put in force as a whole.

        In the writer's thread. StoreError as for `arrived`.
        """
        if not self._gathered or self._short():
            return
        time = self._gathered[-1].time
        try:
            allocation = self._rebuilt()
        except Exception:
            self._gathered = []
            self._place(keeper, changed)
            raise
        if allocation is not None:
            self._put_in_force(_News(allocation, time, changed), keeper, wall)

    def adopt(
        self, new: NewEpoch, keeper: Keeper, wall: WallClock, changed: Callable[[], None]
    ) -> None:
        """Central begins anew in this epoch: our ledger says so before anything of it counts.

        The cache in force serves on until the new directives are `complete`. In the writer's
        thread. StoreError: not adopted.
        """
        if new.epoch <= self._epoch:
            return
        if keeper.behind:
            # Grants that the old epoch gave must stand in the ledger before its end.
            raise StoreError(
                Reason.ALLOCATION_EXPIRED, "older facts are not written yet", "It is tried again"
            )
        fact = EpochAdopted(epoch=new.epoch, through=new.through)
        entries = keeper.commit(Job(facts=[(fact, wall.now())], adopt=new))
        self._gathered = []
        self.position = self._position()
        keeper.answer(lambda: keeper.tell_committed(entries), changed)

    def _say(self, news: _News, keeper: Keeper, wall: WallClock) -> None:
        """Put what the cache now holds into the ledger, then in force."""
        allocation = news.allocation
        applied = allocation.applied
        facts = self._facts(allocation, applied)
        entries = keeper.commit(Job(facts=[(fact, wall.now()) for fact in facts]))
        self._recorded = applied
        self._unsaid = False
        self.allocation = allocation
        if self.blocked is not None:
            log.info("allocation made good through directive %d", allocation.applied_through)
            self.blocked = None
        keeper.answer(
            lambda: keeper.tell_committed(entries), lambda: wall.witness(news.time), news.changed
        )

    def _say_late(self, news: _News, keeper: Keeper, wall: WallClock) -> None:
        if self._unsaid:  # and nothing that came later has said it meanwhile
            self._say(news, keeper, wall)

    def _with(self, directives: list[Entry]) -> Allocation | None:
        """The cache with these directives; None while more are needed."""
        # A batch that took long to apply is asked for, and comes, a second time.
        new = [entry for entry in directives if entry.sequence > self.position[0]]
        if not new:
            return None
        if self.allocation is not None and self._goes_on:
            self.allocation.apply(new, self._high_water, self._holdings.is_answered)
            self.position = self._position()
            return self._enough(self.allocation)
        self._gathered.extend(new)
        self.position = self._position()
        if self._recorded is None or self._recorded.epoch != self._epoch or self._short():
            return None
        return self._rebuilt()

    def _short(self) -> bool:
        """The ledger has seen more of this log than is gathered."""
        recorded = self._recorded
        if recorded is None or recorded.epoch != self._epoch:
            return False
        return self._gathered[-1].sequence < recorded.through

    def _rebuilt(self) -> Allocation | None:
        # If this fails, `position` must say that all are wanted again.
        gathered, self._gathered = self._gathered, []
        rebuilt = Allocation.rebuild(
            self._path, self._seals, gathered, self._high_water, self._holdings.is_answered
        )
        return self._enough(rebuilt)

    def _enough(self, allocation: Allocation) -> Allocation | None:
        try:
            allocation.check_against(self._recorded)
        except AllocationExpired:
            return None
        return allocation

    def _replaced(self, snapshot: Snapshot) -> Allocation | None:
        """The cache with this snapshot's content; None if it holds as much already."""
        if snapshot.at <= self.position[0]:
            return None
        recorded = self._recorded
        if recorded is not None and (self._epoch, snapshot.at) < (recorded.epoch, recorded.through):
            raise AllocationExpired(
                f"central's snapshot ends at directive {snapshot.at}, but the ledger says "
                f"{recorded.through} were applied"
            )
        if self.allocation is not None and self._goes_on:
            self.allocation.replace(snapshot, self._high_water, self._holdings.is_answered)
            enough = self.allocation
        else:
            enough = Allocation.rebuild_from(
                self._path, self._seals, snapshot, self._high_water, self._holdings.is_answered
            )
            self._gathered = []
        enough.check_against(recorded)
        self.position = enough.applied_through, enough.head
        return enough

    def _place(self, keeper: Keeper, changed: Callable[[], None]) -> None:
        """After a failure: what is to be asked for next."""
        try:
            self.position = self._position()
        except AllocationDamaged as error:
            # Neither the old file nor the new one is there. What is in memory is not believed.
            self._block(error)
            self.allocation = None
            self.position = self._position()
            keeper.answer(changed)

    @property
    def _epoch(self) -> int:
        """The one that holds by our ledger."""
        return self._seals.signer.epoch

    @property
    def _goes_on(self) -> bool:
        """The cache is sound, and central's next directives follow what is in it."""
        sound = self.allocation is not None and self.blocked not in REBUILT
        return sound and self.allocation is not None and self.allocation.epoch == self._epoch

    def _facts(self, allocation: Allocation, applied: AllocationApplied) -> list[Fact]:
        grants = allocation.grants_after(self._high_water)
        activated = [grant.activation for grant in grants]
        return [applied, *self._holdings.taken_up(activated, allocation.recalls())]

    @property
    def _high_water(self) -> int:
        return self._holdings.balance.high_water

    def _position(self) -> tuple[int, str]:
        if self.allocation is not None and self._goes_on:
            return self.allocation.applied_through, self.allocation.head
        if self._gathered:
            return self._gathered[-1].sequence, self._gathered[-1].hash
        return 0, GENESIS

    def _block(self, error: StoreError) -> None:
        log.error("%s", error)
        self.blocked = error.code
