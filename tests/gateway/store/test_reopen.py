"""A ledger that failed, opened again in place: what is on disk counts, and nothing twice."""

import errno
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.store.anchor import Anchor
from gateway.store.errors import LedgerDamaged, StoreFailed
from gateway.store.ledger import Ledger
from gateway.store.reader import LedgerReader
from gateway.store.schema import open_for_writing
from tests.gateway.store.samples import TIME, refusal, session


class Failing:
    """A connection that says `disk I/O error` at a COMMIT, before or after it has done it."""

    def __init__(self, connection: sqlite3.Connection, *, after: bool) -> None:
        self._connection = connection
        self._after = after

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql != "COMMIT":
            return self._connection.execute(sql, *values)
        if self._after:
            self._connection.execute(sql)
        raise sqlite3.OperationalError("disk I/O error")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def commit(ledger: Ledger, *numbers: int) -> list[Entry]:
    return ledger.commit(
        [(refusal(number), TIME) for number in numbers], put_session=session(1), seal=True
    )


def fail(ledger: Ledger, *, after: bool) -> None:
    ledger.connection = Failing(ledger.connection, after=after)  # type: ignore[assignment]
    with pytest.raises(StoreFailed) as caught:
        commit(ledger, 2, 3)
    assert caught.value.reopen
    with pytest.raises(StoreFailed, match="must be opened again"):
        commit(ledger, 9)
    with pytest.raises(StoreFailed, match="must be opened again"):
        ledger.acknowledge(1)


def numbers(entries: list[Entry]) -> list[int]:
    return [int(entry.data["card"], 16) for entry in entries]


@pytest.mark.parametrize("watched", [False, True])
def test_a_commit_that_is_not_on_disk_is_to_be_made_again(
    ledger: Ledger, path: Path, *, watched: bool, open_ledger: Callable[[], Ledger]
) -> None:
    commit(ledger, 1)
    reader = LedgerReader(path) if watched else None
    fail(ledger, after=False)
    assert ledger.reopen() is None
    assert ledger.head.sequence == 1
    assert numbers(commit(ledger, 2, 3)) == [2, 3]
    if reader is not None:
        assert reader.last() == ledger.head
        reader.close()
    ledger.close()
    assert numbers(list(open_ledger().every_entry())) == [1, 2, 3]


def test_a_commit_that_is_on_disk_all_the_same_is_known_to_be(
    ledger: Ledger, open_ledger: Callable[[], Ledger]
) -> None:
    commit(ledger, 1)
    fail(ledger, after=True)
    entries = ledger.reopen()
    assert entries is not None
    assert numbers(entries) == [2, 3]
    assert entries[-1].hash == ledger.head.hash
    assert numbers(commit(ledger, 4)) == [4]
    assert ledger.next_session_no() == 1
    ledger.close()
    assert numbers(list(open_ledger().every_entry())) == [1, 2, 3, 4]


def test_an_anchor_that_cannot_be_written_is_written_when_it_can_be(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, open_ledger: Callable[[], Ledger]
) -> None:
    def silent(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Anchor, "write", silent)
    with pytest.raises(StoreFailed):
        commit(ledger, 1)
    for _ in range(2):
        with pytest.raises(StoreFailed) as caught:
            ledger.reopen()
        assert caught.value.reopen
    monkeypatch.undo()
    entries = ledger.reopen()
    assert entries is not None
    assert numbers(entries) == [1]
    ledger.close()
    assert open_ledger().head.sequence == 1


def test_a_disk_that_is_full_at_that_very_moment_is_asked_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(ledger, 1)
    fail(ledger, after=True)

    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gateway.store.anchored.open_for_writing", full)
    with pytest.raises(StoreFailed) as caught:
        ledger.reopen()
    assert (caught.value.code, caught.value.reopen) == (Reason.STORAGE_FULL, True)
    monkeypatch.undo()
    entries = ledger.reopen()
    assert entries is not None
    assert numbers(entries) == [2, 3]


def test_an_older_commit_is_never_taken_for_a_newer_one(ledger: Ledger) -> None:
    """The acknowledgement fails; the newest commit had long been answered."""
    commit(ledger, 1)

    ledger.connection = Failing(ledger.connection, after=False)  # type: ignore[assignment]
    with pytest.raises(StoreFailed):
        ledger.acknowledge(1)
    assert ledger.reopen() is None
    ledger.acknowledge(1)
    assert ledger.acknowledged_through() == 1


def test_what_is_damaged_stays_shut(ledger: Ledger, path: Path) -> None:
    commit(ledger, 1)
    fail(ledger, after=True)
    ledger.connection.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entries SET body = replace(body, 'unknown', 'unknowm')")
    connection.close()
    with pytest.raises(LedgerDamaged, match="entry 1"):
        ledger.reopen()
    with pytest.raises(StoreFailed, match="must be opened again"):
        commit(ledger, 2)


def test_a_log_that_cannot_be_written_to_its_place_keeps_it_shut(
    ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody reads an older state, so what a failed sync left may be in memory only."""
    commit(ledger, 1)
    reader = sqlite3.connect(path)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM entries").fetchone() == (1,)
    fail(ledger, after=True)

    def at_once(database: Path) -> sqlite3.Connection:
        connection = open_for_writing(database)
        connection.execute("PRAGMA busy_timeout = 0")
        return connection

    monkeypatch.setattr("gateway.store.anchored.open_for_writing", at_once)
    with pytest.raises(StoreFailed) as caught:
        ledger.reopen()
    assert caught.value.reopen
    reader.close()
    entries = ledger.reopen()
    assert entries is not None
    assert numbers(entries) == [2, 3]
