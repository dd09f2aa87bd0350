"""Cache and ledger of a gateway that can be started again and again."""

from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.balance import Balance, fold
from gateway.core.log import Entry
from gateway.core.newest import Newest
from gateway.runtime.allocating import Allocating
from gateway.runtime.holdings import Holdings
from gateway.runtime.keeper import Keeper
from gateway.store.allocation import Allocation
from gateway.store.ledger import Ledger
from mqtt.snapshot import Snapshot
from tests.gateway.runtime.devices import hand_wall
from tests.gateway.runtime.samples import UID
from tests.gateway.runtime.writing import Writing
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME


class Station:
    """Cache and ledger of a gateway that can be started again and again."""

    def __init__(self, folder: Path, writing: Writing) -> None:
        self.path = folder / "allocation.json"
        private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.ledger = Ledger.create(
            folder / "ledger.sqlite3", private, gateway=GATEWAY, incarnation=INCARNATION, epoch=1
        )
        Allocation.create(self.path, self.ledger.seals)
        self._writing = writing
        self.wall = hand_wall()
        self.changes = 0
        self.start()

    def start(self) -> None:
        """As after a restart: everything read again; what a crash left unsaid is said."""
        self.newest = Newest()
        entries = self.newest.watch(self.ledger.every_checked_entry())
        balance = fold(Balance(self.wall.zone), entries)
        self.holdings = Holdings(balance, self.ledger.open_sessions(), self.wall)
        self.keeper: Keeper = self._writing.keeper(self.ledger, holdings=self.holdings)
        self.allocating = Allocating(
            self.path, self.ledger.seals, self.newest.applied, self.holdings
        )
        self.allocating.catch_up(
            lambda facts: self.holdings.commit(self.ledger.commit, [(f, TIME) for f in facts])
        )

    def arrive(self, arrived: list[Entry] | Snapshot) -> None:
        self.allocating.arrived(arrived, self.keeper, self.wall, self._changed)
        self._writing.drain()

    def arrive_in_the_writer(self, arrived: list[Entry] | Snapshot) -> Exception | None:
        """As from the link; what it raised."""
        raised: list[Exception] = []

        def apply() -> None:
            try:
                self.allocating.arrived(arrived, self.keeper, self.wall, self._changed)
            except Exception as error:  # noqa: BLE001
                raised.append(error)

        self.work(apply)
        return raised[0] if raised else None

    def work(self, job: Callable[[], None] = lambda: None) -> None:
        """Let the writer do this, after what it had left undone."""
        self.keeper.run(job)
        self._writing.settle(self.keeper)

    def _changed(self) -> None:
        self.changes += 1

    @property
    def said(self) -> list[str]:
        """What the ledger says of allocations and grants, after the empty one of the start."""
        said = []
        for entry in self.ledger.every_entry():
            if entry.type == "allocation.applied" and entry.data["through"]:
                said.append(f"through {entry.data['through']}")
            elif entry.type == "grant.activated":
                said.append(f"grant {entry.data['grant_no']}")
            elif entry.type == "grant.closed":
                spent_l = entry.data["spent_ml"] / 1000
                said.append(f"close {entry.data['grant_no']}: {spent_l:g} {entry.data['why']}")
            elif entry.type == "grant.reported":
                spent_l, reserved_l = (entry.data[f"{k}_ml"] / 1000 for k in ("spent", "reserved"))
                said.append(f"report {entry.data['grant_no']}: {spent_l:g} + {reserved_l:g}")
        return said

    def card_status(self) -> str | None:
        allocation = self.allocating.allocation
        card = allocation.card(UID) if allocation is not None else None
        return card.status if card is not None else None
