"""The database fails or the process dies in the middle of a group: nothing, or all of it once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select, update
from sqlalchemy.exc import OperationalError

from gateway.core.facts import GrantClosed, GrantRequested
from mqtt.central import projections, quarantine
from mqtt.central.database import open_database
from mqtt.central.handling import Handler
from mqtt.central.tables import directives, gateways
from tests.mqtt.central.city import NOW, PERIOD, SUBJECTS
from tests.mqtt.central.groups.books import every_row, retained


class PowerCut(BaseException):
    """No code of ours survives it."""


def backlog(office: Any, *, odd: bool = False) -> list[Any]:
    """Long enough to need new pages; `odd`: it must be handled message by message."""
    for number in range(120):
        office.first.sell(10)
        office.second.sell(20)
        if odd and number == 60:
            office.first.append("tank.dipped", {"level_ml": 5})
    pieces = [office.first.ledger(1, 60), office.second.ledger(1, 60)]
    return [*pieces, office.first.ledger(61), office.second.ledger(61)]


@contextmanager
def locked(office: Any) -> Iterator[None]:
    _pragma(office.engine, "busy_timeout = 0")
    other = open_database(office.path)
    with other.connect() as connection:
        connection.commit()
        connection.execute(update(gateways).values(rejected=gateways.c.rejected))
        yield
        connection.rollback()
    other.dispose()


@contextmanager
def full(office: Any) -> Iterator[None]:
    pages = _pragma(office.engine, "page_count")
    _pragma(office.engine, f"max_page_count = {pages + 4}")
    yield
    _pragma(office.engine, "max_page_count = 1000000")


def _pragma(engine: Engine, what: str) -> Any:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {what}").scalar()


@pytest.mark.parametrize("failing", [locked, full])
@pytest.mark.parametrize("odd", [False, True], ids=["as one", "one by one"])
def test_a_failing_database_takes_nothing_and_later_all(
    office: Any, failing: Any, odd: bool
) -> None:
    group, handler = backlog(office, odd=odd), office.handler()
    before = every_row(office.engine)
    with failing(office), pytest.raises(OperationalError):
        handler.handle(group)
    assert every_row(office.engine) == before
    acknowledged = office.acknowledged(handler.handle(group))
    assert acknowledged["depot-1"].sequence == len(office.first.entries)
    assert office.count() == (240 + odd, 240, 3600)
    assert office.rejections() == []


@pytest.mark.parametrize("odd", [False, True], ids=["as one", "one by one"])
def test_power_goes_between_the_write_and_the_commit(office: Any, odd: bool) -> None:
    group, before = backlog(office, odd=odd), every_row(office.engine)
    with dying_at_commit(office.engine), pytest.raises(PowerCut):
        office.handle(*group)
    assert every_row(office.engine) == before
    office.handle(*group)
    assert office.count() == (240 + odd, 240, 3600)


@pytest.mark.parametrize("at", range(1, 5))
def test_power_goes_in_the_middle_of_a_group(
    office: Any, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, before, calls, real = backlog(office), every_row(office.engine), [], projections.project

    def project(*told: Any, **how: Any) -> None:
        real(*told, **how)
        calls.append(told)
        if len(calls) == at:
            raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(quarantine, "project", project)
        with pytest.raises(PowerCut):
            office.handle(*group)
    assert every_row(office.engine) == before
    office.handle(*group)
    assert office.count() == (240, 240, 3600)


@pytest.mark.parametrize("odd", [False, True], ids=["as one", "one by one"])
def test_power_goes_after_the_commit_before_the_acknowledgement(office: Any, odd: bool) -> None:
    """What comes back is durable by then, and a new process says the same of it."""
    group = backlog(office, odd=odd)
    said, durable = retained(office.handle(*group)), every_row(open_database(office.path))
    assert office.row("depot-1").through == len(office.first.entries)
    again = Handler(open_database(office.path), office.key, lambda: NOW)
    assert retained(again.acknowledgements()) == said
    assert retained(again.handle(group)) == said
    assert every_row(office.engine) == durable


def test_what_was_rolled_back_is_not_remembered(office: Any) -> None:
    """A handler whose commit failed answers as one that never saw the group."""
    handler, first = office.handler(), office.first
    with office.engine.begin() as connection:
        connection.execute(update(gateways).values(state="online"))
    first.tell(GrantClosed(grant_no=1, spent_ml=0, why="recalled"))
    office.second.tell(
        GrantRequested(kind="vehicle", subject=SUBJECTS[0], period=PERIOD, wanted_ml=30_000)
    )
    ask = office.second.request(1, "0" * 64)
    group = [first.ledger(), office.second.ledger(), ask, first.status("online", 4)]
    before = every_row(office.engine)
    with dying_at_commit(office.engine), pytest.raises(PowerCut):
        handler.handle(group)
    assert every_row(office.engine) == before
    said = handler.handle([ask])
    assert said == office.handle(ask)
    assert retained(handler.acknowledgements()) == retained(office.handler().acknowledgements())
    handler.handle(group)
    assert office.scalar(select(gateways.c.boot).where(gateways.c.name == "depot-1")) == 4
    assert office.scalar(select(directives.c.type).order_by(directives.c.sequence.desc()))


@contextmanager
def dying_at_commit(engine: Engine) -> Iterator[None]:
    def die(_connection: Connection) -> None:
        raise PowerCut

    event.listen(engine, "commit", die)
    try:
        yield
    finally:
        event.remove(engine, "commit", die)
