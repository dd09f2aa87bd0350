"""Directives on their way into the allocation cache and the ledger, in the writer's thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from gateway.core.facts import AllocationApplied, EpochAdopted, Fact
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.directive_cache import DirectiveCache
from gateway.runtime.holdings import Holdings
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.wall import WallClock
from gateway.store.allocation import Allocation
from gateway.store.errors import AllocationDamaged, StoreError
from gateway.store.own_seals import OwnSeals
from gateway.store.state import NewEpoch
from mqtt.snapshot import Snapshot


class _News(NamedTuple):
    """A cache that is not in the ledger yet, and who is to hear of it."""

    allocation: Allocation
    time: str
    """Of its newest directive."""
    changed: Callable[[], None]


class Allocating:
    """Puts what the cache now holds into the ledger, then in force."""

    def __init__(
        self,
        path: Path,
        seals: OwnSeals,
        recorded: AllocationApplied | None,
        holdings: Holdings,
        *,
        restored: bool = False,
    ) -> None:
        """`restored`: the ledger began without litres; what central says is awaited."""
        self._cache = DirectiveCache(path, seals, recorded, holdings, restored=restored)
        self._holdings = holdings
        self._unsaid = False
        """The cache is ahead of the ledger, and the keeper knows it."""

    @property
    def allocation(self) -> Allocation | None:
        """The cache in force."""
        return self._cache.allocation

    @property
    def blocked(self) -> Reason | None:
        """Why the cache must not be sold from, until it has been made good."""
        return self._cache.blocked

    @property
    def position(self) -> tuple[int, str]:
        """Sequence and hash of the last directive held."""
        return self._cache.position

    @property
    def epoch(self) -> int:
        """Of central: the one whose directives `position` counts."""
        return self._cache.epoch

    def catch_up(self, say: Callable[[list[Fact]], object]) -> None:
        """At start: let `say` commit what a crash between cache and ledger left unsaid."""
        if self.allocation is None or self.blocked is not None:
            return
        applied = self.allocation.applied
        if applied != self._cache.recorded:
            say(self._facts(self.allocation, applied))
            self._cache.recorded = applied

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
        with self._or_all_anew(keeper, changed):
            if isinstance(directives, Snapshot):
                allocation, time = self._cache.replaced_by(directives), directives.time
            else:
                allocation, time = self._cache.grown_by(directives), directives[-1].time
        if allocation is not None:
            self._put_in_force(_News(allocation, time, changed), keeper, wall)

    def complete(self, keeper: Keeper, wall: WallClock, changed: Callable[[], None]) -> None:
        """All that central has is here: a new log is put in force as a whole.

        In the writer's thread. StoreError as for `arrived`.
        """
        time = self._cache.gathered_time
        if time is None:
            return
        with self._or_all_anew(keeper, changed):
            allocation = self._cache.rebuilt()
        if allocation is not None:
            self._put_in_force(_News(allocation, time, changed), keeper, wall)

    def adopt(
        self, new: NewEpoch, keeper: Keeper, wall: WallClock, changed: Callable[[], None]
    ) -> None:
        """Central begins anew in this epoch: our ledger says so before anything of it counts.

        The cache in force serves on until the new directives are `complete`. In the writer's
        thread. StoreError: not adopted.
        """
        if new.epoch <= self._cache.epoch:
            return
        if keeper.behind:
            # Grants that the old epoch gave must stand in the ledger before its end.
            raise StoreError(
                Reason.ALLOCATION_EXPIRED, "older facts are not written yet", "It is tried again"
            )
        fact = EpochAdopted(epoch=new.epoch, through=new.through)
        entries = keeper.commit(Job(facts=[(fact, wall.now())], adopt=new))
        self._cache.gather_anew()
        self._cache.find_position()
        keeper.answer(lambda: keeper.tell_committed(entries), changed)

    @contextmanager
    def _or_all_anew(self, keeper: Keeper, changed: Callable[[], None]) -> Iterator[None]:
        """If the cache cannot be made, what was gathered for it is asked for again."""
        try:
            yield
        except Exception:
            self._cache.gather_anew()
            self._place(keeper, changed)
            raise

    def _put_in_force(self, news: _News, keeper: Keeper, wall: WallClock) -> None:
        try:
            self._say(news, keeper, wall)
        except StoreError:
            self._place(keeper, news.changed)
            if news.allocation is self.allocation and not self._unsaid:
                self._unsaid = True
                keeper.until_done(lambda: self._say_late(news, keeper, wall))
            raise

    def _say(self, news: _News, keeper: Keeper, wall: WallClock) -> None:
        applied = news.allocation.applied
        facts = self._facts(news.allocation, applied)
        entries = keeper.commit(Job(facts=[(fact, wall.now()) for fact in facts]))
        self._cache.put_in_force(news.allocation, applied)
        self._unsaid = False
        keeper.answer(
            lambda: keeper.tell_committed(entries), lambda: wall.witness(news.time), news.changed
        )

    def _say_late(self, news: _News, keeper: Keeper, wall: WallClock) -> None:
        if self._unsaid:  # and nothing that came later has said it meanwhile
            self._say(news, keeper, wall)

    def _place(self, keeper: Keeper, changed: Callable[[], None]) -> None:
        """After a failure: what is to be asked for next."""
        try:
            self._cache.find_position()
        except AllocationDamaged as error:
            self._cache.lose(error)
            keeper.answer(changed)

    def _facts(self, allocation: Allocation, applied: AllocationApplied) -> list[Fact]:
        grants = allocation.grants_after(self._cache.high_water)
        activated = [grant.activation for grant in grants]
        return [applied, *self._holdings.taken_up(activated, allocation.recalls())]
