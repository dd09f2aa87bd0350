"""A ledger opened only to read, while its writer goes on."""

import sqlite3
from contextlib import ExitStack
from pathlib import Path

from gateway.store.errors import LedgerDamaged
from gateway.store.schema import open_for_reading
from gateway.store.view import LedgerView


class LedgerReader(LedgerView):
    """Beside the writer: for the link, reports and checks.

    LedgerDamaged if there is no such file.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise LedgerDamaged(f"{path}: the ledger is missing")
        self._files = ExitStack()
        try:
            super().__init__(self._files.enter_context(open_for_reading(path)))
        except (OSError, sqlite3.Error) as error:
            raise LedgerDamaged(f"{path}: cannot open the ledger: {error}") from error

    def __enter__(self) -> "LedgerReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def hold(self) -> None:
        """See from now on one state of the ledger, whatever its writer adds."""
        self.connection.execute("BEGIN")
        self.meta()

    def let_go(self) -> None:
        """See the newest state again."""
        self.connection.execute("ROLLBACK")

    def close(self) -> None:
        self._files.close()
