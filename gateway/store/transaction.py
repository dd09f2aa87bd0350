"""One transaction of the ledger's database: all of its statements are durable, or none."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from gateway.store.errors import StoreFailed
from gateway.store.failures import write_failed
from gateway.store.state import Statement


def transact(connection: sqlite3.Connection, path: Path, statements: Sequence[Statement]) -> None:
    """StoreFailed: nothing was written, as far as this connection knows."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        for sql, values in statements:
            connection.execute(sql, values)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        failure = _rolled_back(connection, path, write_failed(error, path))
        raise failure from error


def _rolled_back(connection: sqlite3.Connection, path: Path, failure: StoreFailed) -> StoreFailed:
    """SQLite has mostly done it itself, after a full disk or an I/O error."""
    if not connection.in_transaction:
        return failure
    try:
        connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        return write_failed(error, path)
    return failure
