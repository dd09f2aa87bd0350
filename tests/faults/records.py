"""What a station has on disk: the gateway's ledger, and central's database."""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

from click.testing import CliRunner

from gateway.cli.ledger import command as ledger_command
from gateway.core.log import Entry
from gateway.core.open_draw import OpenFill
from gateway.demo.scenario import Card
from gateway.store.reader import LedgerReader

T = TypeVar("T")
WITHIN_S = 60.0
"""A link that was refused for long tries again after 16 s, and after 32 s."""
LOOK_EVERY_S = 0.02


def until(what: str, look: Callable[[], T | None], within_s: float = WITHIN_S) -> T:
    """What `look` returns as soon as it is true; for what cannot tell when it changes."""
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {within_s:.0f} s in vain for {what}"
        pause.wait(LOOK_EVERY_S)
    return found


class Sale(NamedTuple):
    sale: str
    volume_ml: int
    estimated: bool


class Records:
    """Read beside whatever runs, or after its end."""

    def __init__(self, folder: Path, name: str) -> None:
        """`name`: the gateway's."""
        self.folder = folder
        self.name = name

    def entries(self, kind: str | None = None) -> list[Entry]:
        with LedgerReader(self.ledger) as reader:
            return [e for e in reader.every_entry() if kind is None or e.type == kind]

    def open_sessions(self) -> list[OpenFill]:
        with LedgerReader(self.ledger) as reader:
            return reader.open_sessions()

    def recorded(self, kind: str, count: int = 1) -> list[Entry]:
        """Entries of a type, once there are at least so many."""
        return until(
            f"{count} entries {kind}",
            lambda: found if len(found := self.entries(kind)) >= count else None,
        )

    def sales(self) -> list[Sale]:
        return [_sale(entry) for entry in self.entries("sale.completed")]

    def sales_of(self, card: Card | str) -> list[Sale]:
        uid = card if isinstance(card, str) else card.uid
        found = self.entries("sale.completed")
        return [_sale(entry) for entry in found if entry.data["card"] == uid]

    def central_sales(self) -> list[Sale]:
        """As central's database has them, in the ledger's order."""
        path = self.folder / "central" / "central.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            query = (
                "SELECT sale, volume_ml, estimated FROM sales WHERE gateway = ? ORDER BY sequence"
            )
            rows = database.execute(query, [self.name])
            return [Sale(sale, ml, bool(guess)) for sale, ml, guess in rows]

    def refusals(self) -> list[tuple[str, str | None]]:
        """(code, card) of each, in order."""
        return [(e.data["code"], e.data["card"]) for e in self.entries("sale.refused")]

    def verify(self) -> str:
        """`takar ledger verify`; its last line, after asserting that all is well."""
        result = CliRunner().invoke(ledger_command, ["verify", str(self.ledger)])
        assert result.exit_code == 0, result.output
        return result.output.splitlines()[-1]

    @property
    def ledger(self) -> Path:
        return self.folder / self.name / "ledger.sqlite3"

    @property
    def allocation(self) -> Path:
        return self.folder / self.name / "allocation.json"


def _sale(entry: Entry) -> Sale:
    data = entry.data
    return Sale(data["sale"], data["volume_ml"], data["estimated"])
