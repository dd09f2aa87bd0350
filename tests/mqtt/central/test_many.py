"""Many rows in few statements: each is written once, whatever their number."""

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql

from mqtt.central.many import ROWS_AT_ONCE, _inserting, _setting, insert_many, set_many

LITRES = Table(
    "litres",
    MetaData(),
    Column("gateway", String(10), primary_key=True),
    Column("grant_no", Integer, primary_key=True),
    Column("spent_ml", Integer),
)
KEY = ("gateway", "grant_no")
NAMES = ("grant_no", "spent_ml", "gateway")
INSERT = insert(LITRES)
COUNTS = [0, 1, 3, ROWS_AT_ONCE[1] - 1, ROWS_AT_ONCE[0], sum(ROWS_AT_ONCE) + 3]


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as made:
        LITRES.metadata.create_all(made)
        yield made
    engine.dispose()


def spent(connection: Connection) -> dict[tuple[str, int], int]:
    return {(one.gateway, one.grant_no): one.spent_ml for one in connection.execute(select(LITRES))}


@pytest.mark.parametrize("count", COUNTS)
def test_rows_in_another_order_than_the_tables(connection: Connection, count: int) -> None:
    insert_many(connection, INSERT, NAMES, [(number, 7 * number, "a") for number in range(count)])
    assert spent(connection) == {("a", number): 7 * number for number in range(count)}


@pytest.mark.parametrize("count", COUNTS)
def test_each_key_gets_its_own_value_and_no_other_changes(
    connection: Connection, count: int
) -> None:
    rows = [(number, 0, gateway) for number in range(count + 1) for gateway in "ab"]
    insert_many(connection, INSERT, NAMES, rows)
    set_many(connection, LITRES, KEY, "spent_ml", [("a", one, 9 + one) for one in range(count)])
    expected = {(gateway, number): 0 for number, _, gateway in rows}
    assert spent(connection) == expected | {("a", number): 9 + number for number in range(count)}


def test_a_driver_that_takes_names_gets_a_row_at_a_time() -> None:
    dialect = postgresql.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]
    for made in (
        _inserting(INSERT, dialect, NAMES),
        _setting(LITRES, dialect, ("gateway", "grant_no"), "spent_ml"),
    ):
        assert made.of_many is None
        assert made.in_its_order is not None
        names = set(made.in_its_order(("x", 1, 2)))
        assert all(f"%({name})s" in made.sql for name in names)
        assert made.sql.count("%(") == 3
