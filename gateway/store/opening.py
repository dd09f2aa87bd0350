"""Open the ledger's database to write, even on a disk without room."""

import sqlite3
from pathlib import Path

from gateway.core.reasons import Reason
from gateway.store.ballast import ballast_of
from gateway.store.failures import write_failed
from gateway.store.schema import open_for_writing


def open_somehow(path: Path) -> sqlite3.Connection:
    """A connection as `open_for_writing` makes it; StoreFailed where there is none to be had.

    Even to open takes a little room: on a full disk, of what was held back for a fill.
    """
    try:
        return open_for_writing(path)
    except sqlite3.Error as error:
        failure = write_failed(error, path)
        if failure.code is not Reason.STORAGE_FULL or not ballast_of(path).release():
            raise failure from error
    try:
        return open_for_writing(path)
    except sqlite3.Error as error:
        raise write_failed(error, path) from error
