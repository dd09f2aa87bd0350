"""What a gateway finds on its disk when it starts, checked; and what is wrong with it, if so."""

import logging
from pathlib import Path

from gateway.config.types import GatewayConfig
from gateway.core.balance import Balance, fold
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.allocating import Allocating, newest_applied
from gateway.runtime.wall import WallClock
from gateway.store.errors import LedgerDamaged
from gateway.store.ledger import Ledger
from mqtt.keys import Keyring, load_private

log = logging.getLogger(__name__)

LEDGER, ALLOCATION = "ledger.sqlite3", "allocation.json"


class Shelf:
    """Keys, ledger, and what follows from the ledger. A damaged one leaves `ledger` None."""

    def __init__(self, config: GatewayConfig, wall: WallClock) -> None:
        """KeyRefused, LedgerInUse or OSError where nothing can be started at all."""
        self.state_dir = Path(config.gateway.state_dir)
        self.private = load_private(Path(config.keys.private_file))
        self.keyring = Keyring.from_dir(Path(config.keys.peers_dir))
        self.ledger: Ledger | None = None
        self.allocating: Allocating | None = None
        self.blocked: Reason | None = None
        self.balance = Balance(wall.zone)
        entries: list[Entry] = []
        try:
            self.ledger = Ledger.open(self.ledger_path, self.private, gateway=config.gateway.name)
            entries = list(self.ledger.every_entry())
        except LedgerDamaged as error:
            log.error("%s", error)
            self.blocked = error.code
            return
        self.balance = fold(self.balance, entries)
        if entries:
            wall.witness(entries[-1].time)
        self.allocating = Allocating(
            self.state_dir / ALLOCATION,
            self.ledger.seals,
            newest_applied(entries),
            self.balance.high_water,
        )

    def learn(self, entries: list[Entry]) -> None:
        """Entries that were written while starting."""
        self.balance = fold(self.balance, entries)

    @property
    def ledger_path(self) -> Path:
        return self.state_dir / LEDGER

    def close(self) -> None:
        if self.ledger is not None:
            self.ledger.close()
