"""Which sales have had a receipt: a second one says that it is a copy.

A file of its own, beside the ledger, which the console only reads, or in the console's
folder. If it is lost, receipts of before are said to be the first again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.config.types import GatewayConfig

FILE = "receipts.sqlite3"
KEPT = 50_000
"""Sales; of older ones each receipt counts as the first."""
WAIT_S = 2.0
_TABLE = "CREATE TABLE IF NOT EXISTS printed (sale TEXT PRIMARY KEY, times INTEGER NOT NULL)"
_COUNT = (
    "INSERT INTO printed VALUES (?, 1) "
    "ON CONFLICT (sale) DO UPDATE SET times = times + 1 RETURNING times"
)
_BACK = "UPDATE printed SET times = times - 1 WHERE sale = ?"
_DROP = "DELETE FROM printed WHERE times = 0 OR rowid <= (SELECT max(rowid) FROM printed) - ?"


def receipts_folder(config: GatewayConfig) -> Path:
    """Where the file is."""
    return Path(config.console.receipts_dir or config.gateway.state_dir)


class Printed:
    """Blocks for two seconds at most; sqlite3.Error where the file cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def begin(self, sale: str) -> bool:
        """Count a receipt that is about to be printed; whether one was before."""
        with self._open() as connection:
            ((times,),) = connection.execute(_COUNT, (sale,)).fetchall()
            connection.execute(_DROP, (KEPT,))
        return bool(times > 1)

    def take_back(self, sale: str) -> None:
        """Nothing of it came out."""
        with self._open() as connection:
            connection.execute(_BACK, (sale,))
            connection.execute(_DROP, (KEPT,))

    def has(self, sale: str) -> bool:
        """Whether one was begun."""
        with self._open() as connection:
            found = connection.execute("SELECT 1 FROM printed WHERE sale = ?", (sale,))
            return found.fetchone() is not None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=WAIT_S)) as connection, connection:
            connection.execute(_TABLE)
            yield connection
