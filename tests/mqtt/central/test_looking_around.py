"""A running central mints again when something changed, and only then; and says the date."""

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError, OperationalError

from gateway.core.allocation import PutPrice, PutSubject
from mqtt.central import directives, mint_failures, service
from mqtt.central.minting import Minted, mint
from mqtt.central.passing import passes
from mqtt.central.register import enrol_gateway, put_department, put_price, put_subject
from mqtt.central.report import make_report
from mqtt.central.service import Central
from mqtt.central.tables import grants
from tests.mqtt.brokers import Settings

NOW = datetime(2026, 7, 10, 4, tzinfo=UTC)
WITHIN_S = 20
AVTUR = PutPrice(product="avtur", price_idr_per_l=14_000, version=1, subsidised=False)


def newcomer(product: str) -> PutSubject:
    return PutSubject(
        subject="dh-2001-aa",
        vehicle="car",
        plate="DH 2001 AA",
        department="dinkes",
        products=[product],
        tank_ml=45_000,
        meter="odometer",
        blocked=False,
        subsidy_allowed=False,
    )


class Running:
    """Central in a thread, without a broker; every minting is counted."""

    def __init__(self, office: Any, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
        self._office = office
        self.mintings: list[Minted] = []
        self.now = NOW
        self._looks = threading.Semaphore(0)

        def counted(*arguments: Any) -> Minted:
            self.mintings.append(mint(*arguments))
            return self.mintings[-1]

        monkeypatch.setattr(service, "mint", counted)
        monkeypatch.setattr(service, "LOOK_EVERY_S", 0.01)
        self.central = Central(office.engine, office.key, settings, now=lambda: self._look())
        self._thread = threading.Thread(target=self.central.run)
        self._thread.start()

    def _look(self) -> datetime:
        self._looks.release()
        return self.now

    def change(self, work: Callable[[Any], None]) -> None:
        """Change the register as another process would, then let central look twice."""
        with self._office.engine.begin() as connection:
            work(connection)
        self.look()

    def look(self) -> None:
        while self._looks.acquire(blocking=False):
            pass
        for _ in range(3):
            assert self._looks.acquire(timeout=WITHIN_S)

    def stop(self) -> None:
        self.central.stop()
        self._thread.join(WITHIN_S)

    def granted_ml(self, subject: str) -> dict[str, int]:
        query = select(grants.c.gateway, func.sum(grants.c.volume_ml)).where(
            grants.c.subject == subject, grants.c.period == "2026-07"
        )
        with self._office.engine.connect() as connection:
            return dict(connection.execute(query.group_by(grants.c.gateway)).all())


@pytest.fixture
def running(office: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        started = Running(office, monkeypatch, Settings(port=nobody.getsockname()[1]))
        yield started
        started.stop()


def test_a_subject_added_later_waits_for_price_and_budget_and_then_gets_its_month(
    running: Running,
) -> None:
    running.change(lambda c: put_subject(c, newcomer("avtur"), 30_000, NOW))
    assert running.granted_ml("dh-2001-aa") == {}
    assert running.mintings[-1].unminted[0].why == "no price for avtur"
    tried = len(running.mintings)
    running.look()
    assert len(running.mintings) == tried  # nothing changed, so nothing is tried again
    running.change(lambda c: put_price(c, AVTUR, NOW))
    assert running.granted_ml("dh-2001-aa") == {"depot-1": 13_875, "depot-2": 13_875}


def test_a_gateway_that_joins_gets_no_share_of_a_month_that_is_split(running: Running) -> None:
    running.change(lambda c: enrol_gateway(c, "depot-3", "3" * 16, NOW))
    assert set(running.granted_ml("dh-1001-aa")) == {"depot-1", "depot-2"}


def test_a_raised_budget_is_noticed(running: Running) -> None:
    def poor(connection: Any) -> None:
        put_department(connection, "dinkes", "Dinas Kesehatan", 2026, 0)
        put_subject(connection, newcomer("pertamax"), 30_000, NOW)

    running.change(poor)
    assert running.granted_ml("dh-2001-aa") == {}
    running.change(lambda c: put_department(c, "dinkes", "Dinas Kesehatan", 2026, 10**9))
    assert running.granted_ml("dh-2001-aa") == {"depot-1": 13_875, "depot-2": 13_875}


@pytest.mark.parametrize(("hours", "said"), [(24, 0), (25, 1)])
def test_a_gateway_hears_the_date_at_least_once_a_day(
    running: Running, office: Any, hours: int, said: int
) -> None:
    before = {name: office.row(name).directives_through for name in ("depot-1", "depot-2")}
    running.now += timedelta(hours=hours)
    running.look()
    assert {name: office.row(name).directives_through - was for name, was in before.items()} == {
        "depot-1": said,
        "depot-2": said,
    }
    with office.engine.connect() as connection:
        newest = list(directives.log_of(connection, "depot-1"))[-1]
    if said:
        assert (newest.type, newest.time) == ("policy.put", "2026-07-11T05:00:00.000Z")


def overflows(connection: Any, *_: Any) -> Minted:
    """What SQLite says of a sum beyond its integers; it would say so for ever."""
    connection.exec_driver_sql(
        f"SELECT sum(x) FROM (SELECT {2**63 - 1} AS x UNION ALL SELECT 1)"
    ).all()
    raise AssertionError("it was summed")


def test_a_minting_that_fails_stops_nothing_else_and_heals(
    running: Running,
    office: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(mint_failures, "AGAIN_AFTER_S", 0.0)
    with monkeypatch.context() as for_now:
        for_now.setattr(service, "mint", overflows)
        running.change(lambda c: put_subject(c, newcomer("pertamax"), 30_000, NOW))
        running.now += timedelta(hours=25)
        running.look()
        running.look()
        with office.engine.connect() as connection:
            newest = list(directives.log_of(connection, "depot-1"))[-1]
        assert (newest.type, newest.time) == ("policy.put", "2026-07-11T05:00:00.000Z")
        assert running.granted_ml("dh-2001-aa") == {}
        said = {"2026-07": "OperationalError: integer overflow"}
        assert make_report(office.engine).mint_failures == said
        assert len([one for one in caplog.messages if "integer overflow" in one]) == 1
    running.look()
    assert running.granted_ml("dh-2001-aa") == {"depot-1": 13_875, "depot-2": 13_875}
    assert make_report(office.engine).mint_failures == {}


def damage(code: int) -> DatabaseError:
    error = sqlite3.DatabaseError("of SQLite")
    error.sqlite_errorcode = code
    return DatabaseError("select", {}, error)


def error_of(code: int) -> OperationalError:
    error = sqlite3.OperationalError("of SQLite")
    error.sqlite_errorcode = code
    return OperationalError("select", {}, error)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_LOCKED, True),
        (sqlite3.SQLITE_IOERR_FSYNC, True),
        (sqlite3.SQLITE_ERROR, False),
        (sqlite3.SQLITE_TOOBIG, False),
    ],
)
def test_what_passes_by_itself(code: int, expected: bool) -> None:
    assert passes(error_of(code)) is expected


def test_a_damaged_database_is_no_fault_of_what_was_to_be_written() -> None:
    assert passes(damage(sqlite3.SQLITE_CORRUPT))
    assert passes(damage(sqlite3.SQLITE_CORRUPT_INDEX))
    assert passes(damage(sqlite3.SQLITE_NOTADB))
    assert not passes(damage(sqlite3.SQLITE_CONSTRAINT))
    assert not passes(DatabaseError("select", {}, sqlite3.DatabaseError("without a code")))
