"""A gateway's disk, at the calls by which the real store reaches it.

What SQLite and the file system do in a power cut is tests/power's to show; here a machine dies
before or after a commit, the disk is full, failing or slow, or somebody puts old files back.
"""

import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Literal
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.store.ledger import Ledger
from simulation.world import Crashed

Moment = Literal["before_commit", "after_commit", "before_sync"]
Failure = Literal["", "before_commit", "after_commit", "sync"]
PLENTY_BYTES = 1024**3


class Disk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.die_at: Moment | None = None
        """The machine dies at the next such moment."""
        self.full_since_ns: int | None = None
        self.fails: Failure = ""
        """An I/O error from now on: what was to be written is not on disk, or is all the same."""
        self.latency_ns = 5_000_000

    def passes(self, moment: Moment) -> None:
        if self.die_at == moment:
            self.die_at = None
            raise Crashed(moment)

    def commit(self, connection: sqlite3.Connection) -> None:
        self.passes("before_commit")
        if self.full_since_ns is not None:
            raise _error("database or disk is full", sqlite3.SQLITE_FULL)
        if self.fails == "before_commit":
            raise _error("disk I/O error", sqlite3.SQLITE_IOERR)
        connection.execute("COMMIT")
        if self.fails == "after_commit":
            raise _error("disk I/O error", sqlite3.SQLITE_IOERR)
        self.passes("after_commit")

    def sync(self) -> None:
        self.passes("before_sync")
        if self.full_since_ns is not None:
            raise OSError(28, "No space left on device")
        if self.fails:
            raise OSError(5, "Input/output error")

    def image(self) -> dict[str, bytes]:
        """All files as they are, while nobody writes."""
        return {file.name: file.read_bytes() for file in sorted(self.folder.iterdir())}

    def put_back(self, image: dict[str, bytes]) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        for name, content in image.items():
            (self.folder / name).write_bytes(content)


class _Connection:
    """What the ledger uses of a sqlite3.Connection, on a simulated disk."""

    def __init__(self, real: sqlite3.Connection, disk: Disk) -> None:
        self._real, self._disk = real, disk
        real.execute("PRAGMA synchronous = OFF")

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        if sql == "COMMIT":
            self._disk.commit(self._real)
            return self._real.cursor()
        if sql.startswith("PRAGMA synchronous"):
            return self._real.cursor()
        return self._real.execute(sql, values)

    def close(self) -> None:
        self._real.close()

    @property
    def in_transaction(self) -> bool:
        return self._real.in_transaction


def ledger_on(disk: Disk) -> type[Ledger]:
    """The real ledger, above a simulated disk."""

    class OnDisk(Ledger):
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "connection":
                value = _Connection(value, disk)
            super().__setattr__(name, value)

    return OnDisk


class Mounted:
    """Whose disk the calls of the operating system reach now."""

    def __init__(self) -> None:
        self._disk: Disk | None = None

    def mount(self, disk: Disk | None) -> Disk | None:
        """From now on it is this one's; whose it was."""
        before, self._disk = self._disk, disk
        return before

    @contextmanager
    def of(self, disk: Disk) -> Iterator[None]:
        before = self.mount(disk)
        try:
            yield
        finally:
            self.mount(before)

    @contextmanager
    def in_place(self, seed: int) -> Iterator[None]:
        """Syncs, free room, pauses and secrets are the simulation's from here on."""
        chance = Random(f"takar simulation's secrets {seed}")  # noqa: S311  # guards nothing
        with (
            patch.object(os, "fsync", self._sync),
            patch.object(os, "fdatasync", self._sync),
            patch.object(os, "statvfs", self._statvfs),
            patch.object(secrets, "token_hex", lambda size: chance.randbytes(size).hex()),
            patch.object(Ed25519PrivateKey, "generate", lambda: _key(chance)),
            patch.object(time, "sleep", lambda _seconds: None),
        ):
            yield

    def _sync(self, _descriptor: object) -> None:
        if self._disk is not None:
            self._disk.sync()

    def _statvfs(self, _path: object) -> SimpleNamespace:
        full = self._disk is not None and self._disk.full_since_ns is not None
        return SimpleNamespace(f_bavail=0 if full else PLENTY_BYTES, f_frsize=1)


def _key(chance: Random) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))


def _error(text: str, code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error
