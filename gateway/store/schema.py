"""The ledger's database: its tables, and the two ways to open it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.store.durable import sync_file, sync_folder

VERSION = 4

TABLES = """
CREATE TABLE meta (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    schema_version INTEGER NOT NULL,
    gateway TEXT NOT NULL,
    incarnation TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    commit_no INTEGER NOT NULL,
    acknowledged_through INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    session_no INTEGER NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE TABLE entries (sequence INTEGER PRIMARY KEY, hash TEXT NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE seals (sequence INTEGER PRIMARY KEY, seal TEXT NOT NULL) STRICT;
CREATE TABLE checkpoint (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    through INTEGER NOT NULL,
    head TEXT NOT NULL,
    body TEXT NOT NULL,
    seal TEXT NOT NULL
) STRICT;
CREATE TABLE open_session (pump INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE lags (pump INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
"""

CHECKPOINT_PAGES = 64
"""Pages in the write-ahead log before they move to the database: few, to limit what a
damaged log can hide (MEASURED: a flipped bit cost 236 entries with 500 pages)."""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """A connection whose COMMIT is durable. May be handed to one other thread.

    Without `psow=0` SQLite trusts a drive not to lose, in a power cut during a write, what lies
    beside it in the same sector: the end of the commit before. So it begins each in a new one.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw&psow=0",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES:d}")
        _settle(connection, path)
    except (sqlite3.Error, OSError):
        connection.close()
        raise
    return connection


def _settle(connection: sqlite3.Connection, path: Path) -> None:
    """Make durable what a killed process has left in memory only, and begin the log anew.

    SQLite believes a commit that it can read, synced or not, and writes on behind it. Whoever
    goes on from what was read, such as the anchor, must not be durable before it is.
    """
    log = path.with_name(path.name + "-wal")
    if log.exists():
        sync_file(log)
    sync_folder(path.parent)
    # May be put off by a reader or a full disk: the log itself is durable now.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def open_for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that changes neither the database nor its log, and creates no file.

    SQLite needs the shared-memory file `-shm` to read a log. Where that is missing nobody
    writes, so a log is read from a private copy, and a database without one as immutable.
    """
    uri = path.absolute().as_uri()
    log = path.with_name(path.name + "-wal")
    if path.with_name(path.name + "-shm").exists():
        with _connected(f"{uri}?mode=ro") as connection:
            yield connection
    elif log.exists() and log.stat().st_size:
        with TemporaryDirectory(prefix="takar-ledger-") as folder:
            copy = Path(folder) / path.name
            shutil.copyfile(path, copy)
            shutil.copyfile(log, copy.with_name(log.name))
            with _connected(copy.as_uri()) as connection:
                yield connection
    else:
        with _connected(f"{uri}?immutable=1") as connection:
            yield connection


@contextmanager
def _connected(uri: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        yield connection
    finally:
        connection.close()
