"""Whatever the database says, and wherever: central goes on, says it in a line, loses nothing."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, OperationalError

from gateway.core.allocation import PutCard
from gateway.core.chain import GENESIS
from mqtt.central import enduring, many
from mqtt.central.database import open_database
from mqtt.central.receiving import Receipt
from mqtt.central.register import put_card
from mqtt.central.service import Central
from mqtt.central.tables import gateways
from mqtt.connection import Publication
from mqtt.payloads import decode
from mqtt.seal import Seal
from tests.mqtt.brokers import Settings
from tests.mqtt.central.city import NOW

CARD = PutCard(uid="04A1B2C3D4E5F6", card="vehicle", holder="dh-1001-aa", status="lost")
Fails = Callable[[str], int | None]
"""SQLite's code for a statement that is to fail, None for one that may pass."""


class Desk:
    """Central as it runs, turned by hand; what it hears and says are lists."""

    def __init__(self, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.office = office
        self.heard: list[Receipt] = []
        self.said: list[Publication] = []
        self.now = NOW
        self.seconds = 0.0
        monkeypatch.setattr(enduring, "AGAIN_AFTER_S", 0.0)
        desk = self

        class Told:
            """Fits mqtt.central.receiving.Receiving."""

            def __init__(self, _settings: object, *, on_up: Callable[[], None], **_: Any) -> None:
                self.start = on_up
                self.publish = desk.said.append

            def gather(self, *_: float) -> list[Receipt]:
                group, desk.heard = desk.heard, []
                return group

            def wake(self) -> None:
                pass

            def acknowledge(self, group: list[Receipt]) -> None:
                pass

        self.central = Central(
            office.engine,
            office.key,
            Settings(port=1),
            now=lambda: self._now(),
            receive=Told,  # type: ignore[arg-type]
            monotonic=lambda: self.seconds,
        )

    def turn(self, *messages: Any) -> None:
        """A day later: so that it looks around, and says the date."""
        self.heard += [Receipt(one, 1, 0, 1) for one in messages]
        self.now += timedelta(hours=25)
        self.seconds += 120
        self.central.turn()

    def acknowledged(self) -> int:
        seals = [
            decode("ledger/ack", one.payload)
            for one in self.said
            if one.topic == "takar/v1/depot-1/ledger/ack"
        ]
        return max((one.sequence for one in seals if isinstance(one, Seal)), default=0)

    def _now(self) -> datetime:
        return self.now


@pytest.fixture
def desk(office: Any, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(office, monkeypatch)
    made.central.begin()
    made.turn()
    return made


@contextmanager
def failing(engine: Any, fails: Fails) -> Iterator[None]:
    def look(_: Any, __: Any, statement: str, *___: Any) -> None:
        code = fails(statement)
        if code is not None:
            damaged = code == sqlite3.SQLITE_CORRUPT
            error = (sqlite3.DatabaseError if damaged else sqlite3.OperationalError)(
                "as the test wants it"
            )
            error.sqlite_errorcode = code
            raise (DatabaseError if damaged else OperationalError)(statement, {}, error)

    def looked(connection: Any, sql: str, *given: Any) -> list[Any]:
        look(None, None, sql)
        return run_directly(connection, sql, *given)

    run_directly = many.run_directly
    event.listen(engine, "before_cursor_execute", look)
    try:
        with patch.object(many, "run_directly", looked):
            yield
    finally:
        event.remove(engine, "before_cursor_execute", look)


def days_work(office: Any) -> list[Any]:
    office.first.sell(10)
    office.second.sell(20)
    ask = office.first.request(1, GENESIS)
    return [office.first.ledger(), office.second.ledger(), ask, office.first.status("online", 1)]


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT]
)
def test_each_statement_fails_once(
    desk: Desk, office: Any, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Gateways send again what was not acknowledged, as they do."""
    at = 0
    while True:
        caplog.clear()
        seen: list[str] = []

        def fails(statement: str, seen: list[str] = seen, at: int = at) -> int | None:
            seen.append(statement)
            return code if len(seen) == at + 1 else None

        messages = days_work(office)
        with failing(office.engine, fails):
            desk.turn(*messages)
        if at >= len(seen):
            break
        assert all("\n" not in line for line in caplog.messages)
        desk.turn(*messages)
        sold = len(office.first.entries)
        assert desk.acknowledged() == sold, seen[at]
        assert office.count() == (2 * sold, 2 * sold, 30 * sold), seen[at]
        at += 1
    assert at > 40


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("INSERT INTO directives", "the date for gateways"),
        ("SELECT gateways.name, gateways.incarnation, gateways.directives_through", "the heads"),
        ("SELECT subjects.subject", "2026-07: minting failed"),
        ("SELECT central_keys.statement", "the keys"),
    ],
)
def test_what_fails_for_days_is_one_line_and_holds_up_nothing_else(
    desk: Desk, office: Any, caplog: pytest.LogCaptureFixture, part: str, what: str
) -> None:
    """Minting says it by month (mint_failures.py), the others by what they do."""

    def fails(statement: str) -> int | None:
        return sqlite3.SQLITE_ERROR if part in " ".join(statement.split()) else None

    before = office.row("depot-1").directives_through
    with failing(office.engine, fails):
        for _ in range(3):
            desk.turn(*days_work(office))
    assert desk.acknowledged() == 3
    said = [line for line in caplog.messages if "as the test wants it" in line]
    assert len(said) == len(set(said))
    assert any(line.startswith(what) for line in said)
    with office.engine.begin() as connection:
        put_card(connection, CARD, desk.now)
    desk.turn()
    assert office.row("depot-1").directives_through > before
    heads = [one for one in desk.said if one.topic == "takar/v1/depot-1/directives/head"]
    newest = decode("directives/head", heads[-1].payload)
    assert isinstance(newest, Seal)
    assert newest.sequence == office.row("depot-1").directives_through


def test_a_database_that_another_process_holds_is_waited_for(
    desk: Desk, office: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with office.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    other = open_database(office.path)
    holder = other.connect()
    holder.execute(gateways.update().values(rejected=gateways.c.rejected))
    tries: list[float] = []

    def wait(seconds: float) -> bool:
        tries.append(seconds)
        if len(tries) == 5:
            holder.rollback()
        return False

    monkeypatch.setattr(desk.central._stopping, "wait", wait)
    desk.turn(*days_work(office))
    holder.close()
    other.dispose()
    assert len(tries) == 5
    assert desk.acknowledged() == 1
    said = [line for line in caplog.messages if line.startswith("central's database")]
    assert said == [
        "central's database: database is locked; tried again until it is taken",
        "central's database: all is well again",
    ]


def test_a_key_that_cannot_be_read_now_ends_nothing(
    desk: Desk, office: Any, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def load(self, _connection: Any) -> Any:
            raise OSError(5, "Input/output error")

    desk.central._own_key = Broken()  # type: ignore[assignment]
    desk.central._told_serial = 0
    for _ in range(3):
        desk.turn(*days_work(office))
    assert desk.acknowledged() == 3
    said = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in said] == [
        "central's key: [Errno 5] Input/output error"
    ]
