"""Open central's database, and check that it is one that this version understands."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, inspect, select
from sqlalchemy.exc import DatabaseError as SqlError

import mqtt.central.enrolment_tables
import mqtt.central.grant_tables  # its tables are of the same metadata
import mqtt.central.history_tables
import mqtt.central.key_tables
import mqtt.central.report_tables  # noqa: F401
from mqtt.central import many
from mqtt.central.tables import SCHEMA_VERSION, identity, metadata

BUSY_TIMEOUT_S = 10
CACHE_KIB = 16 * 1024
"""Holds all that a transaction of a backlog changes: SQLite's own 2 MB would write it twice."""
CHECKPOINT_PAGES = 16_000
"""Of 4 KiB in the log, until they are written to their places: 64 MB, which holds the backlog of
some months, so that what its transactions change again and again is moved once."""
READS_ONLY = "takar_reads_only"
"""Execution option of a connection that sees one snapshot and keeps no writer waiting."""


class DatabaseRefused(Exception):
    """The database is missing, damaged, or of another schema version."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose database this is."""

    city: str
    zone: ZoneInfo
    incarnation: str
    """16 hex digits, in the ids of directives."""
    epoch: int
    """Rises with every restore."""


def create_database(
    path: Path, *, city: str, city_timezone: str, incarnation: str | None = None
) -> Engine:
    """Make an empty database with a fresh incarnation (or this one), epoch 1. Never replaces a
    file."""
    if path.exists():
        raise DatabaseRefused(f"{path}: a database is already there; choose another place")
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = _engine(path)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            insert(identity).values(
                schema_version=SCHEMA_VERSION,
                city=city,
                city_timezone=city_timezone,
                incarnation=incarnation or secrets.token_hex(8),
                epoch=1,
            )
        )
    return engine


def open_database(path: Path) -> Engine:
    """Open an existing database; DatabaseRefused if it is not one of this version."""
    if not path.is_file():
        raise DatabaseRefused(
            f"{path}: central's database is not there; `takar init` makes one, "
            "or restore it from a backup"
        )
    engine = _engine(path)
    try:
        with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
            if not inspect(connection).has_table(identity.name):
                raise DatabaseRefused(f"{path}: not a database of Takar's central")
            version = connection.scalar(select(identity.c.schema_version))
    except SqlError as error:
        raise DatabaseRefused(f"{path}: cannot be read: {error.orig}") from error
    if version != SCHEMA_VERSION:
        raise DatabaseRefused(
            f"{path}: schema version {version}, expected {SCHEMA_VERSION}; "
            "run the Takar version that made it"
        )
    return engine


def read_identity(engine: Engine) -> Identity:
    with engine.connect().execution_options(**{READS_ONLY: True}) as connection:
        city, zone, incarnation, epoch = connection.execute(
            select(
                identity.c.city, identity.c.city_timezone, identity.c.incarnation, identity.c.epoch
            )
        ).one()
    return Identity(city, ZoneInfo(zone), incarnation, epoch)


def _engine(path: Path) -> Engine:
    engine = create_engine(URL.create("sqlite+pysqlite", database=str(path)))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # pysqlite would begin by itself, and break savepoints
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_S * 1000}",
        f"cache_size = -{CACHE_KIB}",
        f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a read that becomes a write could fail as busy."""
    reads_only = connection.get_execution_options().get(READS_ONLY, False)
    many.run_directly(connection, "BEGIN" if reads_only else "BEGIN IMMEDIATE")
