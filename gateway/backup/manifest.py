"""A backup is a folder with a manifest that says what every file in it must hash to."""

import errno
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from gateway import VERSION
from gateway.core.fields import Count, Hash, Incarnation, Name, Text, UtcTime
from gateway.store.durable import create_file, free_bytes, sync_file, sync_folder
from mqtt.central.periods import utc_text

MANIFEST = "manifest.json"
PIECE_BYTES = 1024 * 1024
_NAME = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
Place = Annotated[str, Meta(pattern=f"^{_NAME}(/{_NAME})?$")]
"""Below the backup's folder, never above it."""


class BackupRefused(Exception):
    """A backup that cannot be made or used; the text says why and what to do."""


class Kept(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    bytes: Count
    sha256: Hash


class Subject(NamedTuple):
    """What a backup is of; the fields are those of the manifest."""

    kind: Literal["gateway", "central"]
    name: str
    incarnation: str
    epoch: int
    sequence: int
    head: str


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a backup is of, and the files in it."""

    format: Literal["takar-backup"] = "takar-backup"
    version: Literal[1] = 1
    kind: Literal["gateway", "central"]
    name: Name
    """The gateway's, or the city's."""
    made: UtcTime
    takar: Text
    incarnation: Incarnation
    epoch: Count
    sequence: Count
    """Newest entry of a gateway's ledger; 0 for central, which has many."""
    head: Hash
    files: dict[Place, Kept]


@contextmanager
def new_backup(target: Path) -> Iterator[Path]:
    """A folder to put the files in, which becomes `target` as a whole when the block ends.

    BackupRefused if `target` is there, cannot be written, or is full; nothing is left then.
    """
    if target.exists():
        raise BackupRefused(f"{target} is there already; name a new folder for each backup")
    target = target.absolute()
    try:
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise BackupRefused(
            f"{target.parent}: cannot make a folder there ({error.strerror}); is the medium "
            "mounted, and may you write on it?"
        ) from error
    try:
        with _said_in_words(target):
            yield aside
            sync_folder(aside)
            aside.rename(target)
            sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


@contextmanager
def _said_in_words(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        full = full or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        if full:
            free_mb = free_bytes(target.parent) // 1_000_000
            raise BackupRefused(
                f"{target}: the medium is full ({free_mb} MB free); no backup was made"
            ) from error
        raise BackupRefused(f"{target}: no backup was made: {error}") from error


def describe(folder: Path) -> dict[str, Kept]:
    """Every file below a folder, made durable, with its size and hash."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        sync_file(path)
        found[path.relative_to(folder).as_posix()] = _kept(path)
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
    return found


def write_manifest(folder: Path, of: Subject, now: datetime) -> Manifest:
    """Of all that is in the folder, read again from the medium."""
    manifest = Manifest(
        kind=of.kind,
        name=of.name,
        made=utc_text(now),
        takar=VERSION,
        incarnation=of.incarnation,
        epoch=of.epoch,
        sequence=of.sequence,
        head=of.head,
        files=describe(folder),
    )
    create_file(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    return checked(folder, of.kind)


def checked(folder: Path, kind: Literal["gateway", "central"]) -> Manifest:
    """The manifest of a backup of this kind, every file of which is what it says.

    BackupRefused names the first thing wrong.
    """
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise BackupRefused(f"{folder}: no backup: {MANIFEST} {error.strerror}") from error
    except ValueError as error:
        raise BackupRefused(f"{folder}/{MANIFEST} is no manifest: {error}") from error
    if manifest.kind != kind:
        raise BackupRefused(f"{folder} is a backup of a {manifest.kind}, expected a {kind}'s")
    for name, wanted in manifest.files.items():
        try:
            found = _kept(folder / name)
        except OSError as error:
            raise BackupRefused(f"{folder}/{name}: {error.strerror}") from error
        if found != wanted:
            raise BackupRefused(
                f"{folder}/{name} is not what was backed up: expected {wanted.bytes} bytes with "
                f"hash {wanted.sha256[:16]}…, found {found.bytes} with {found.sha256[:16]}…. "
                "Use another backup"
            )
    return manifest


def _kept(path: Path) -> Kept:
    """Read from the medium itself as far as the system lets us, not from memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
        return Kept(bytes=file.tell(), sha256=digest.hexdigest())


def copy_database(reading: sqlite3.Connection, target: Path) -> None:
    """Copy what a connection sees into one file without a log, whoever is writing meanwhile."""
    with closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
    into_one_file(target)


def into_one_file(database: Path) -> None:
    """Take a database's write-ahead log into it, where nobody else has it open."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
