"""What a gateway finds on its disk when it starts, checked; and what is wrong with it, if so."""

import logging
from pathlib import Path

from gateway.config.types import GatewayConfig
from gateway.core.balance import Balance, fold
from gateway.core.log import Entry
from gateway.core.newest import Newest
from gateway.core.reasons import Reason
from gateway.runtime.allocating import Allocating
from gateway.runtime.holdings import Holdings
from gateway.runtime.trust import Trust
from gateway.runtime.wall import WallClock
from gateway.store.errors import LedgerDamaged, LedgerForked
from gateway.store.fresh import refuse_cut_off
from gateway.store.ledger import Ledger
from gateway.store.rotation import own_private
from mqtt.keys import KeyRefused

log = logging.getLogger(__name__)

LEDGER, ALLOCATION = "ledger.sqlite3", "allocation.json"
IMPOSSIBLE = (
    "Hashes and seals fit, so this was written and not edited. Keep all files of the state folder "
    "as they are, run `takar audit` on an export of it, and call the office: sales go on only "
    "with a fresh incarnation"
)


class Shelf:
    """Keys, ledger, and what follows from the ledger. A damaged one leaves `ledger` None."""

    def __init__(
        self, config: GatewayConfig, wall: WallClock, ledger: type[Ledger] = Ledger
    ) -> None:
        """KeyRefused, LedgerInUse or OSError where nothing can be started at all."""
        self.state_dir = Path(config.gateway.state_dir)
        self.private = own_private(Path(config.keys.private_file), self.ledger_path)
        self.trust = Trust(config.keys.root_key, Path(config.keys.statements_dir))
        self.ledger: Ledger | None = None
        self.allocating: Allocating | None = None
        self.blocked: Reason | None = None
        self.holdings = Holdings(Balance(wall.zone), [], wall)
        self.newest = Newest()
        self.found_through = 0
        """Newest entry of the ledger before this start wrote its own."""
        self._wall = wall
        self.last_heard: str | None = None
        """A time, UTC text, since which central has been heard; None: never yet."""
        try:
            refuse_cut_off(self.state_dir)
            self.ledger = ledger.open(self.ledger_path, self.private, gateway=config.gateway.name)
            self.found_through = self.ledger.head.sequence
            newest = self.newest = self._fold(self.ledger)
        except LedgerDamaged as error:
            log.error("%s", error, extra={"event": "ledger_damaged"})
            self.blocked = error.code
            self.close()
            self.ledger = None
            return
        try:
            self.trust.remember(newest.learned)
        except KeyRefused:
            self.ledger.close()
            raise
        if newest.time is not None:
            wall.began(newest.time)
        if newest.told is not None:
            wall.said(newest.told)
        if newest.forked is not None:
            forked = LedgerForked(newest.forked)
            log.error("%s", forked, extra={"event": "ledger_forked"})
            self.blocked = forked.code
        self.allocating = Allocating(
            self.state_dir / ALLOCATION,
            self.ledger.seals,
            newest.applied,
            self.holdings,
            restored=newest.restored or newest.applied is None,
        )
        allocation = self.allocating.allocation
        if allocation is not None and allocation.time is not None:
            wall.witness(allocation.time)
        told = allocation.time if allocation is not None else None
        self.last_heard = max(filter(None, (told, newest.delivered)), default=None)

    def _fold(self, ledger: Ledger) -> Newest:
        """Everything that the ledger says, from its checkpoint on."""
        newest, checkpoint = Newest(), ledger.checkpoint()
        balance = Balance(self._wall.zone)
        if checkpoint is not None:
            newest = checkpoint.newest
            try:
                balance = checkpoint.balance_in(self._wall.zone)
            except ValueError as error:
                raise LedgerDamaged(f"{ledger.path}: checkpoint: {error}") from error
        newest.acknowledged_through = ledger.acknowledged_through()
        try:
            balance = fold(balance, newest.watch(ledger.every_checked_entry()))
        except ValueError as error:
            raise LedgerDamaged(f"{ledger.path}: {error}", IMPOSSIBLE) from error
        self.holdings = Holdings(balance, ledger.open_sessions(), self._wall)
        return newest

    def learn(self, entries: list[Entry]) -> None:
        """Entries that were written while starting."""
        self._wall.recorded(entries)

    @property
    def balance(self) -> Balance:
        """As the ledger has it."""
        return self.holdings.balance

    @property
    def ledger_path(self) -> Path:
        return self.state_dir / LEDGER

    def close(self) -> None:
        if self.ledger is not None:
            self.ledger.close()
