"""What a gateway finds on its disk when it starts, checked; and what is wrong with it, if so."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gateway.config.types import GatewayConfig
from gateway.core import facts
from gateway.core.balance import Balance, fold
from gateway.core.clock import trusted_time
from gateway.core.facts import TYPE_OF, AllocationApplied
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.allocating import Allocating
from gateway.runtime.wall import WallClock
from gateway.store.errors import LedgerDamaged, LedgerForked
from gateway.store.ledger import Ledger
from mqtt.keys import Keyring, load_private

log = logging.getLogger(__name__)

LEDGER, ALLOCATION = "ledger.sqlite3", "allocation.json"


class Newest:
    """What is last in a ledger, seen on its way into the balance, so that it is read once."""

    def __init__(self, acknowledged_through: int = 0) -> None:
        self._acknowledged_through = acknowledged_through
        self.delivered: str | None = None
        """The newest good time of an entry that central has acknowledged."""
        self.time: str | None = None
        """The newest at which the clock was good."""
        self.applied: AllocationApplied | None = None
        self.restored = False
        """This ledger follows a former one."""
        self.forked: str | None = None
        """How the ledger is forked, if it is."""

    def watch(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            self.time = trusted_time(entry) or self.time
            if entry.sequence <= self._acknowledged_through:
                self.delivered = self.time
            self.restored |= entry.type == TYPE_OF[facts.GatewayRestored]
            if entry.type == TYPE_OF[AllocationApplied]:
                self.applied = msgspec.convert(entry.data, AllocationApplied)
            elif entry.type == TYPE_OF[facts.LedgerForked]:
                self.forked = msgspec.convert(entry.data, facts.LedgerForked).detail
            yield entry


class Shelf:
    """Keys, ledger, and what follows from the ledger. A damaged one leaves `ledger` None."""

    def __init__(
        self, config: GatewayConfig, wall: WallClock, ledger: type[Ledger] = Ledger
    ) -> None:
        """KeyRefused, LedgerInUse or OSError where nothing can be started at all."""
        self.state_dir = Path(config.gateway.state_dir)
        self.private = load_private(Path(config.keys.private_file))
        self.keyring = Keyring.from_dir(Path(config.keys.peers_dir))
        self.ledger: Ledger | None = None
        self.allocating: Allocating | None = None
        self.blocked: Reason | None = None
        self.balance = Balance(wall.zone)
        self._wall = wall
        self.last_heard: str | None = None
        """A time, UTC text, since which central has been heard; None: never yet."""
        try:
            self.ledger = ledger.open(self.ledger_path, self.private, gateway=config.gateway.name)
            newest = Newest(self.ledger.acknowledged_through())
            self.balance = fold(self.balance, newest.watch(self.ledger.every_checked_entry()))
        except LedgerDamaged as error:
            log.error("%s", error)
            self.blocked = error.code
            return
        if newest.time is not None:
            wall.began(newest.time)
        if newest.forked is not None:
            forked = LedgerForked(newest.forked)
            log.error("%s", forked)
            self.blocked = forked.code
        self.allocating = Allocating(
            self.state_dir / ALLOCATION,
            self.ledger.seals,
            newest.applied,
            self.balance.high_water,
            restored=newest.restored,
        )
        allocation = self.allocating.allocation
        if allocation is not None and allocation.time is not None:
            wall.witness(allocation.time)
        told = allocation.time if allocation is not None else None
        self.last_heard = max(filter(None, (told, newest.delivered)), default=None)

    def learn(self, entries: list[Entry]) -> None:
        """Entries that were written while starting."""
        self.balance = fold(self.balance, entries)
        self._wall.recorded(entries)

    @property
    def ledger_path(self) -> Path:
        return self.state_dir / LEDGER

    def close(self) -> None:
        if self.ledger is not None:
            self.ledger.close()
