"""The store with its durability weakened in one place each: what the harness must notice."""

import gzip
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from unittest.mock import patch

from tinydb import JSONStorage

from gateway.core.checkpoint import Checkpoint
from gateway.core.log import Entry
from gateway.store import schema
from gateway.store.ledger import Ledger

WEAK = (
    "normal_sync",
    "trusted_sectors",
    "json_storage",
    "anchor_unsynced",
    "folder_unsynced",
    "pruned_apart",
    "export_unsynced",
)


def _nothing(*_: object) -> None:
    """In place of a sync."""


def _json_storage(path: Path, content: bytes) -> None:
    """The same line, written by TinyDB's own storage: in place."""
    storage = JSONStorage(
        str(path), sort_keys=True, separators=(",", ":"), ensure_ascii=False, encoding="utf-8"
    )
    storage.write(json.loads(content))
    storage.close()


def _pruned_apart(ledger: Ledger, checkpoint: Checkpoint, time: str) -> list[Entry]:
    """The entries first, then the checkpoint that is to stand for them."""
    through = (checkpoint.through,)
    ledger.connection.execute("DELETE FROM entries WHERE sequence <= ?", through)
    return _PRUNE(ledger, checkpoint, time)


_PRUNE = Ledger.prune


@contextmanager
def _export_unsynced(path: Path) -> Iterator[BinaryIO]:
    with gzip.open(path, "xb") as file:
        yield file  # type: ignore[misc]  # a GzipFile writes as a BinaryIO does


def _open_weakly(path: Path) -> sqlite3.Connection:
    connection = schema.open_for_writing(path)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _open_trustingly(path: Path) -> sqlite3.Connection:
    """As SQLite does unless told otherwise: what lies beside a torn write is thought safe."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for setting in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def _again_weakly(ledger: Ledger) -> None:
    ledger.connection.execute("PRAGMA synchronous = NORMAL")


def _open_with(how: Callable[[Path], sqlite3.Connection]) -> None:
    for module in ("ledger", "opening", "anchored"):
        patch(f"gateway.store.{module}.open_for_writing", how).start()


def weaken(how: str) -> Callable[[Ledger], None]:
    """For the rest of this process; what to do after each acknowledgement is returned."""
    if how == "normal_sync":
        _open_with(_open_weakly)
        return _again_weakly
    if how == "trusted_sectors":
        _open_with(_open_trustingly)
    elif how == "json_storage":
        patch("gateway.store.allocation_file.replace_file", _json_storage).start()
    elif how == "anchor_unsynced":
        patch("gateway.store.anchor.os.fdatasync", _nothing).start()
    elif how == "pruned_apart":
        patch.object(Ledger, "prune", _pruned_apart).start()
    elif how == "export_unsynced":
        patch("gateway.store.pruning.new_export", _export_unsynced).start()
    elif how == "folder_unsynced":
        patch("gateway.store.durable.sync_folder", _nothing).start()
    elif how != "none":
        raise ValueError(f"{how}: expected none or one of {WEAK}")
    return _nothing
