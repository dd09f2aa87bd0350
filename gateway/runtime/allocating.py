"""Directives on their way into the allocation cache and the ledger, in the writer's thread."""

import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from gateway.core.chain import GENESIS
from gateway.core.facts import AllocationApplied, Fact, GrantActivated
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.keeper import Job, Keeper
from gateway.runtime.wall import WallClock
from gateway.store.allocation import Allocation
from gateway.store.errors import AllocationDamaged, AllocationExpired, StoreError
from gateway.store.own_seals import OwnSeals

log = logging.getLogger(__name__)


class Allocating:
    """Holds the cache that is in force, or gathers all directives anew while there is none."""

    def __init__(
        self,
        path: Path,
        seals: OwnSeals,
        recorded: AllocationApplied | None,
        high_water: int,
    ) -> None:
        self._path = path
        self._seals = seals
        self._recorded = recorded
        self._high_water = high_water
        self._gathered: list[Entry] = []
        self.allocation: Allocation | None = None
        self.blocked: Reason | None = None
        """Why the cache must not be sold from, until it has been made good."""
        try:
            self.allocation = Allocation.open(path, seals)
            self.allocation.check_against(recorded)
        except AllocationExpired as error:
            self._block(error)
        except AllocationDamaged as error:
            self.allocation = None
            self._block(error)
        self.position = self._position()
        """Sequence and hash of the last directive held; replaced, never changed in place."""

    def catch_up(self) -> list[Fact]:
        """What a crash between cache and ledger left unsaid: facts to commit at start."""
        if self.allocation is None or self.blocked is not None:
            return []
        applied = self.allocation.applied
        if applied == self._recorded:
            return []
        facts = self._facts(self.allocation, applied)
        self._committed(applied, facts)
        return facts

    def arrived(
        self,
        directives: list[Entry],
        keeper: Keeper,
        wall: WallClock,
        changed: Callable[[], None],
    ) -> None:
        """Apply checked directives that follow `position`; `changed` runs in the loop's thread.

        StoreError: not applied, or not yet said in the ledger; `position` tells which.
        """
        try:
            allocation = self._with(directives)
            if allocation is None:
                return
            facts = self._facts(allocation, allocation.applied)
            entries = keeper.commit(Job(facts=[(fact, wall.now()) for fact in facts]))
        except StoreError:
            self.position = self._position()
            raise
        self._committed(allocation.applied, facts)
        self.allocation = allocation
        if self.blocked is not None:
            log.info("allocation made good through directive %d", allocation.applied_through)
            self.blocked = None
        newest = directives[-1].time
        keeper.answer(lambda: keeper.tell_committed(entries), lambda: wall.witness(newest), changed)

    def _with(self, directives: list[Entry]) -> Allocation | None:
        """The cache with these directives; None while more are needed."""
        if self.allocation is not None and not self._damaged:
            self.allocation.apply(directives)
            self.position = self._position()
            enough = self.allocation
        else:
            self._gathered.extend(directives)
            self.position = self._position()
            wanted = self._recorded.through if self._recorded is not None else 0
            if self._gathered[-1].sequence < wanted:
                return None
            # If this fails, `position` must say that all are wanted again.
            gathered, self._gathered = self._gathered, []
            enough = Allocation.rebuild(self._path, self._seals, gathered)
        try:
            enough.check_against(self._recorded)
        except AllocationExpired:
            return None
        return enough

    @property
    def _damaged(self) -> bool:
        return self.blocked is Reason.ALLOCATION_DAMAGED

    def _facts(self, allocation: Allocation, applied: AllocationApplied) -> list[Fact]:
        grants = allocation.grants_after(self._high_water)
        activated = [
            GrantActivated(
                **{name: getattr(grant, name) for name in GrantActivated.__struct_fields__}
            )
            for grant in grants
        ]
        return [applied, *activated]

    def _committed(self, applied: AllocationApplied, facts: list[Fact]) -> None:
        self._recorded = applied
        activated = (fact.grant_no for fact in facts if isinstance(fact, GrantActivated))
        self._high_water = max([self._high_water, *activated])

    def _position(self) -> tuple[int, str]:
        if self.allocation is not None and not self._damaged:
            return self.allocation.applied_through, self.allocation.head
        if self._gathered:
            return self._gathered[-1].sequence, self._gathered[-1].hash
        return 0, GENESIS

    def _block(self, error: StoreError) -> None:
        log.error("%s", error)
        self.blocked = error.code


def newest_applied(entries: list[Entry]) -> AllocationApplied | None:
    """The last AllocationApplied among ledger entries."""
    for entry in reversed(entries):
        if entry.type == "allocation.applied":
            return msgspec.convert(entry.data, AllocationApplied)
    return None
