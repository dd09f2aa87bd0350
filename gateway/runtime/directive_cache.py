"""The allocation cache as central's directives make it, and how far they are here."""

import logging
from pathlib import Path

from gateway.core.chain import GENESIS
from gateway.core.facts import AllocationApplied
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.holdings import Holdings
from gateway.store.allocation import Allocation
from gateway.store.errors import AllocationDamaged, AllocationExpired, StoreError
from gateway.store.own_seals import OwnSeals
from mqtt.snapshot import Snapshot

log = logging.getLogger(__name__)

REBUILT = (Reason.ALLOCATION_DAMAGED, Reason.NOT_CONFIRMED)
"""What a cache made of all directives anew puts right."""


class DirectiveCache:
    """The cache in force, or all directives gathered anew while there is none."""

    def __init__(
        self,
        path: Path,
        seals: OwnSeals,
        recorded: AllocationApplied | None,
        holdings: Holdings,
        *,
        restored: bool,
    ) -> None:
        """`recorded`: what the ledger says was applied."""
        self._path = path
        self._seals = seals
        self._holdings = holdings
        self._gathered: list[Entry] = []
        """Of a log whose directives are not in force: from its first one on."""
        self.recorded = recorded
        self.allocation: Allocation | None = None
        self.blocked: Reason | None = None
        """Why the cache must not be sold from, until it has been made good."""
        try:
            self.allocation = Allocation.open(path, seals)
            self.allocation.check_against(recorded)
            if restored and recorded is None:
                log.warning(
                    "a new ledger: nothing is sold until central has confirmed it",
                    extra={"event": "ledger_unconfirmed"},
                )
                self.blocked = Reason.NOT_CONFIRMED
        except AllocationExpired as error:
            self._block(error)
        except AllocationDamaged as error:
            self.allocation = None
            self._block(error)
        self.position = self._position()
        """Sequence and hash of the last directive held; replaced, never changed in place."""

    def grown_by(self, directives: list[Entry]) -> Allocation | None:
        """The cache with these directives; None while more are needed."""
        # A batch that took long to apply is asked for, and comes, a second time.
        new = [entry for entry in directives if entry.sequence > self.position[0]]
        if not new:
            return None
        if self.allocation is not None and self._goes_on:
            self.allocation.apply(new, self.high_water, self._holdings.is_answered)
            self.position = self._position()
            return self._enough(self.allocation)
        self._gathered.extend(new)
        self.position = self._position()
        if self.recorded is None or self.recorded.epoch != self.epoch or self._short():
            return None
        return self.rebuilt()

    def replaced_by(self, snapshot: Snapshot) -> Allocation | None:
        """The cache with this snapshot's content; None if it holds as much already."""
        if snapshot.at <= self.position[0]:
            return None
        recorded = self.recorded
        if recorded is not None and (self.epoch, snapshot.at) < (recorded.epoch, recorded.through):
            raise AllocationExpired(
                f"central's snapshot ends at directive {snapshot.at}, but the ledger says "
                f"{recorded.through} were applied"
            )
        if self.allocation is not None and self._goes_on:
            self.allocation.replace(snapshot, self.high_water, self._holdings.is_answered)
            enough = self.allocation
        else:
            enough = Allocation.rebuild_from(
                self._path, self._seals, snapshot, self.high_water, self._holdings.is_answered
            )
            self._gathered = []
        enough.check_against(recorded)
        self.position = enough.applied_through, enough.head
        return enough

    @property
    def gathered_time(self) -> str | None:
        """Of the newest directive gathered; None if there is none, or fewer than the ledger saw."""
        return None if not self._gathered or self._short() else self._gathered[-1].time

    def rebuilt(self) -> Allocation | None:
        """The cache of all that is gathered, which is gathered no more."""
        # If this fails, `position` must say that all are wanted again.
        gathered, self._gathered = self._gathered, []
        rebuilt = Allocation.rebuild(
            self._path, self._seals, gathered, self.high_water, self._holdings.is_answered
        )
        return self._enough(rebuilt)

    def gather_anew(self) -> None:
        """Nothing that was gathered counts any more."""
        self._gathered = []

    def find_position(self) -> None:
        """What is held now. AllocationDamaged: what is in memory is not on the disk."""
        self.position = self._position()

    def lose(self, error: AllocationDamaged) -> None:
        """Neither the old file nor the new one is there. What is in memory is not believed."""
        self._block(error)
        self.allocation = None
        self.position = self._position()

    def put_in_force(self, allocation: Allocation, applied: AllocationApplied) -> None:
        """The ledger says that this was applied."""
        self.recorded = applied
        self.allocation = allocation
        if self.blocked is not None:
            log.info(
                "allocation made good through directive %d",
                allocation.applied_through,
                extra={"event": "allocation_restored"},
            )
            self.blocked = None

    @property
    def epoch(self) -> int:
        """The one that holds by our ledger."""
        return self._seals.signer.epoch

    @property
    def high_water(self) -> int:
        """The highest grant number that our ledger knows."""
        return self._holdings.balance.high_water

    @property
    def _goes_on(self) -> bool:
        """The cache is sound, and central's next directives follow what is in it."""
        sound = self.allocation is not None and self.blocked not in REBUILT
        return sound and self.allocation is not None and self.allocation.epoch == self.epoch

    def _short(self) -> bool:
        """The ledger has seen more of this log than is gathered."""
        recorded = self.recorded
        if recorded is None or recorded.epoch != self.epoch:
            return False
        return self._gathered[-1].sequence < recorded.through

    def _enough(self, allocation: Allocation) -> Allocation | None:
        try:
            allocation.check_against(self.recorded)
        except AllocationExpired:
            return None
        return allocation

    def _position(self) -> tuple[int, str]:
        if self.allocation is not None and self._goes_on:
            return self.allocation.applied_through, self.allocation.head
        if self._gathered:
            return self._gathered[-1].sequence, self._gathered[-1].hash
        return 0, GENESIS

    def _block(self, error: StoreError) -> None:
        log.error("%s", error, extra={"event": "allocation_unusable"})
        self.blocked = error.code
