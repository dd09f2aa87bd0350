"""Statements that go straight to the driver: the rows and the errors are the same as else."""

from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from mqtt.central.many import ask, ask_one, insert_many, run_directly, tell
from mqtt.central.report_tables import anomalies
from mqtt.central.tables import gateways

NAMES = select(gateways.c.name).order_by(gateways.c.name)
ONLINE_OF = NAMES.where(gateways.c.state == "online", gateways.c.name == bindparam("of_gateway"))
SET = (
    update(gateways)
    .where(gateways.c.name == bindparam("of_gateway"))
    .values(state="online", last_seen=bindparam("seen"))
)


def test_a_select_finds_what_sqlalchemy_finds(office: Any) -> None:
    with office.engine.connect() as connection:
        names = list(connection.scalars(NAMES))
        assert [name for (name,) in ask(connection, NAMES)] == names == ["depot-1", "depot-2"]
        assert ask_one(connection, NAMES) == ("depot-1",)


def test_values_of_the_statement_and_of_the_caller_both_count(office: Any) -> None:
    with office.engine.begin() as connection:
        tell(connection, SET, {"of_gateway": "depot-1", "seen": None})
        assert ask(connection, ONLINE_OF, {"of_gateway": "depot-1"}) == [("depot-1",)]
        seen = select(gateways.c.last_seen).where(gateways.c.name == "depot-1")
        assert ask_one(connection, seen) == (None,)
        assert ask_one(connection, ONLINE_OF, {"of_gateway": "depot-9"}) is None
    with pytest.raises(KeyError), office.engine.connect() as connection:
        ask(connection, ONLINE_OF)


def test_it_is_part_of_the_transaction(office: Any) -> None:
    with office.engine.connect() as connection:
        tell(connection, SET, {"of_gateway": "depot-1", "seen": "2026-07-10T04:00:00.000Z"})
        connection.rollback()
    with office.engine.connect() as connection:
        assert ask(connection, ONLINE_OF, {"of_gateway": "depot-1"}) == []


def test_errors_are_sqlalchemys_with_the_drivers_code(office: Any) -> None:
    row = ("depot-1", "a" * 16, 1, "odd")
    columns = ("gateway", "incarnation", "sequence", "what")
    with office.engine.connect() as connection, pytest.raises(IntegrityError) as twice:
        insert_many(connection, insert(anomalies), columns, [row, row])
    assert twice.value.orig.sqlite_errorname.startswith("SQLITE_CONSTRAINT")  # type: ignore[union-attr]
    with office.engine.connect() as connection, pytest.raises(OperationalError):
        run_directly(connection, "SELECT nothing FROM nowhere")
