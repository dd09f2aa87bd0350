"""Litres in three places, each read where it is kept: at the pumps, in the ledger, at central."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from gateway.store.errors import StoreError
from gateway.store.reader import LedgerReader
from gateway.words import litres
from mqtt.central.database import open_database
from mqtt.central.report import sold_ml

A_READING = 500
"""Entries."""
UNSOLD = ("flow.unauthorised", "flow.bypassed", "calibration.drawn")


@dataclass(slots=True, kw_only=True)
class Recorded:
    """Sums over the ledger, in ml."""

    volume_ml: int = 0
    """Of all sales, corrections taken off."""
    paper_ml: int = 0
    """Part of it that no pump of the demo gave: entered from vouchers."""
    declared_ml: int = 0
    """Part of it that a third party's receipts say."""
    unsold_ml: int = 0
    """Counted and nobody's sale: unauthorised, by the bypass key, into a test can."""
    estimated: int = 0
    """Sales charged as reserved, since nobody counted to their end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Litres:
    """What the page always shows."""

    dispensed_ml: int
    """By the simulated pumps themselves, in whole pulses; theirs as well."""
    recorded_ml: int
    paper_ml: int
    central_ml: int
    unsold_ml: int
    open_ml: int
    """In fills that have not ended."""
    undeclared_ml: int
    """Of a third party's pump; below 0 where more was declared than it gave."""
    waiting: int
    """Entries that central has not acknowledged."""
    estimated: int

    @property
    def equal(self) -> bool:
        return self.dispensed_ml == self._metered_ml and self.recorded_ml == self.central_ml

    @property
    def _metered_ml(self) -> int:
        return self.recorded_ml - self.paper_ml + self.unsold_ml

    def verdict(self, *, gateway: bool) -> tuple[str, str]:
        """Its kind, for the page's colours, and in words. `gateway`: there is one that answers."""
        if self.open_ml:
            return "open", f"{litres(self.open_ml)} of a fill that is not over yet"
        if self.equal:
            return "equal", "to the pulse: pumps, ledger and central agree"
        if not gateway:
            return "open", "what flowed last waits for a gateway to write it down"
        if self.waiting:
            return "waiting", f"{self.waiting} entries wait for central in the ledger"
        if self.recorded_ml != self.central_ml:
            return "waiting", "central is reading"
        if self.undeclared_ml > 0:
            said = litres(self.undeclared_ml)
            return "open", f"{said} of the third party's pump wait to be declared"
        if self.undeclared_ml < 0:
            said = litres(-self.undeclared_ml)
            return "estimated", f"{said} more are declared than the third party's pump gave"
        if self.estimated:
            return "estimated", (
                f"{litres(self._metered_ml - self.dispensed_ml)} more are charged than flowed: "
                "nobody counted to the end of a fill, so what was reserved counts"
            )
        return "open", "the gateway is counting"


class Books:
    """Remembers what it has read, and reads on from there; for one thread."""

    def __init__(self, ledgers: Sequence[Path], central_database: Path) -> None:
        """One that is not there yet has nothing recorded."""
        self._read = dict.fromkeys(ledgers, 0)
        self._central = open_database(central_database)
        self._sums = Recorded()
        self._central_ml = 0

    def close(self) -> None:
        self._central.dispose()

    def look(self, ours_ml: int, theirs_ml: int, open_ml: int, waiting: int) -> Litres:
        """The newest; what cannot be read just now is as it was. `ours_ml`, `theirs_ml`: by the
        pumps' own counts."""
        for ledger in self._read:
            with contextlib.suppress(StoreError):
                self._read_on(ledger)
        with contextlib.suppress(SQLAlchemyError):
            self._central_ml = sold_ml(self._central)
        sums = self._sums
        return Litres(
            dispensed_ml=ours_ml + theirs_ml,
            recorded_ml=sums.volume_ml,
            paper_ml=sums.paper_ml,
            central_ml=self._central_ml,
            unsold_ml=sums.unsold_ml,
            open_ml=open_ml,
            undeclared_ml=theirs_ml - sums.declared_ml,
            waiting=waiting,
            estimated=sums.estimated,
        )

    def _read_on(self, ledger: Path) -> None:
        with LedgerReader(ledger) as reader:
            while entries := reader.entries_after(self._read[ledger], A_READING):
                for entry in entries:
                    add(self._sums, entry.type, entry.data)
                    self._read[ledger] = entry.sequence


def add(sums: Recorded, kind: str, data: Mapping[str, Any]) -> None:
    """Book one entry of the ledger."""
    if kind == "sale.completed":
        sums.volume_ml += data["volume_ml"]
        sums.estimated += data["estimated"]
        sums.paper_ml += data["volume_ml"] if data["mode"] == "voucher" else 0
        sums.declared_ml += data["volume_ml"] if data["mode"] == "authorise_only" else 0
    elif kind == "sale.corrected":
        sums.volume_ml -= data["returned_ml"]
        sums.estimated -= 1
    elif kind in UNSOLD:
        sums.unsold_ml += data["volume_ml"]
