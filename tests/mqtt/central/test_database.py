"""Central's database: durable settings, and a clear refusal of what is not one."""

from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from mqtt.central.database import (
    DatabaseRefused,
    create_database,
    open_database,
    read_identity,
)
from mqtt.central.tables import SCHEMA_VERSION, identity


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "central.sqlite3"
    create_database(path, city="kupang", city_timezone="Asia/Makassar").dispose()
    return path


def test_sqlite_is_durable_and_checks_references(path: Path) -> None:
    engine = open_database(path)
    with engine.connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
        assert pragmas == ["wal", 2, 1]
        with pytest.raises(IntegrityError):
            connection.execute(text("INSERT INTO budgets VALUES ('nobody', 2026, 1, 0)"))
    engine.dispose()


def test_it_knows_whose_it_is(path: Path) -> None:
    own = read_identity(open_database(path))
    assert (own.city, own.zone.key, own.epoch) == ("kupang", "Asia/Makassar", 1)
    assert len(own.incarnation) == 16


def test_an_existing_file_is_never_replaced(path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="already there"):
        create_database(path, city="kupang", city_timezone="Asia/Makassar")


def test_a_missing_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match=r"gone\.sqlite3: central's database is not there"):
        open_database(tmp_path / "gone.sqlite3")


def test_another_schema_version_is_named(path: Path) -> None:
    engine = open_database(path)
    with engine.begin() as connection:
        connection.execute(update(identity).values(schema_version=99))
    engine.dispose()
    with pytest.raises(DatabaseRefused, match=f"schema version 99, expected {SCHEMA_VERSION}"):
        open_database(path)


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "not a database of"), (b"not SQLite " * 100, "cannot be read")]
)
def test_something_else_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    other = tmp_path / "other.sqlite3"
    other.write_bytes(content)
    with pytest.raises(DatabaseRefused, match=why):
        open_database(other)


def test_to_open_and_to_read_it_waits_for_no_writer(path: Path) -> None:
    other = open_database(path)
    with other.begin() as connection:
        connection.execute(update(identity).values(epoch=2))
        own = read_identity(open_database(path))
    other.dispose()
    assert own.epoch == 1
