"""Statements that are run again and again, without what SQLAlchemy does for each: half of a drain's
work."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Select, Table, Update, bindparam, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

ROWS_AT_ONCE = (500, 100, 20, 4, 1)
"""In one statement: the driver then leaves the interpreter to other threads for all of them, not
for each. Few sizes, so that SQLite prepares few statements; the values of the greatest stay far
below the 32,766 that it takes in one."""

NEAR = 4
"""A range of so many times the numbers in it is read sooner than they are, one by one."""
NONE: Mapping[str, Any] = MappingProxyType({})

Row = tuple[Any, ...]


class _Compiled(NamedTuple):
    sql: str
    """For one row at a time, if the driver takes names."""
    of_many: Callable[[int], str] | None
    """For so many rows at once; None where the driver takes names."""
    in_its_order: Callable[[Row], Any] | None
    """Brings a row's values into the statement's order; None where they are in it."""


def insert_many(
    connection: Connection, statement: Insert, names: tuple[str, ...], rows: Sequence[Row]
) -> None:
    """Insert rows of values that have these two or more names.

    Values go to the driver as they are, so columns must be of plain types: text, integers, truth
    values. Keep statement and names in constants: the SQL is made once.
    """
    if rows:
        _execute(connection, _inserting(statement, connection.dialect, names), rows)


def set_many(
    connection: Connection, table: Table, key: tuple[str, ...], column: str, rows: Sequence[Row]
) -> None:
    """Set one column to a plain value for many keys: each of `rows` is a key and its value."""
    if rows:
        _execute(connection, _setting(table, connection.dialect, key, column), rows)


def ask(
    connection: Connection, statement: Select[Any], values: Mapping[str, Any] = NONE
) -> list[Any]:
    """The rows of a select with these values for its named parameters, as tuples.

    Values go to the driver, and what it finds comes back, as they are: SQLite's truth values are
    0 and 1 then, and its JSON is text. Keep the statement in a constant: the SQL is made once.
    """
    sql, given = _given(connection, statement, values)
    return run_directly(connection, sql, given, lambda cursor: cursor.fetchall())


def ask_one(
    connection: Connection, statement: Select[Any], values: Mapping[str, Any] = NONE
) -> Any:
    """The first of these rows; None without one."""
    return next(iter(ask(connection, statement, values)), None)


def tell(connection: Connection, statement: Update, values: Mapping[str, Any]) -> None:
    """Execute an update with these plain values for its named parameters."""
    run_directly(connection, *_given(connection, statement, values))


def run_directly(
    connection: Connection,
    sql: str,
    values: Any = (),
    take: Callable[[Any], list[Any]] = lambda _cursor: [],
) -> list[Any]:
    """Straight to the driver, in what transaction there is; errors are SQLAlchemy's. A list of
    values is one row after the other."""
    cursor: Any = connection.connection.cursor()
    driver: Any = connection.dialect.dbapi
    try:
        if isinstance(values, list):
            cursor.executemany(sql, values)
        else:
            cursor.execute(sql, values)
        return take(cursor)
    except driver.Error as error:
        raise DBAPIError.instance(
            sql, values, error, driver.Error, dialect=connection.dialect
        ) from error
    finally:
        cursor.close()


def _given(
    connection: Connection, statement: Select[Any] | Update, values: Mapping[str, Any]
) -> tuple[str, Any]:
    if not connection.in_transaction():
        connection.begin()
    sql, names, fixed = _named(statement, connection.dialect)
    given = {**fixed, **values}
    return sql, given if names is None else tuple([given[name] for name in names])


@lru_cache(maxsize=64)
def _named(
    statement: Select[Any] | Update, dialect: Dialect
) -> tuple[str, Sequence[str] | None, dict[str, Any]]:
    """The SQL, the order of its parameters where they have one, and the values it has itself."""
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  # a select or update is SQL
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    return str(compiled), compiled.positiontup, fixed


def _execute(connection: Connection, compiled: _Compiled, rows: Sequence[Row]) -> None:
    if not connection.in_transaction():
        connection.begin()
    sql, of_many, in_its_order = compiled
    ordered: Any = list(map(in_its_order, rows)) if in_its_order else rows
    if of_many is None:
        run_directly(connection, sql, list(ordered))
        return
    done = 0
    for count in _in_pieces(len(ordered)):
        values = tuple(chain.from_iterable(ordered[done : done + count]))
        run_directly(connection, of_many(count), values)
        done += count


def _in_pieces(rows: int) -> Iterator[int]:
    for count in ROWS_AT_ONCE:
        yield from [count] * (rows // count)
        rows %= count


@lru_cache(maxsize=64)
def _inserting(statement: Insert, dialect: Dialect, names: tuple[str, ...]) -> _Compiled:
    compiled = statement.inline().compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  # an insert is SQL
    sql, order = str(compiled), compiled.positiontup
    if order is None:
        return _Compiled(sql, None, lambda row: dict(zip(names, row, strict=True)))
    start, _, one = sql.rpartition(" VALUES ")
    in_order = tuple(order) == names
    return _Compiled(
        sql,
        lru_cache(lambda count: f"{start} VALUES {', '.join([one] * count)}"),
        None if in_order else itemgetter(*map(names.index, order)),
    )


@lru_cache(maxsize=64)
def _setting(table: Table, dialect: Dialect, key: tuple[str, ...], column: str) -> _Compiled:
    names = (*key, column)
    one_row = (
        update(table)
        .where(*(table.c[name] == bindparam(f"of_{name}") for name in key))
        .values({column: bindparam(f"of_{column}")})
    )
    compiled = one_row.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101
    if compiled.positiontup is None:
        of = [f"of_{name}" for name in names]
        return _Compiled(str(compiled), None, lambda row: dict(zip(of, row, strict=True)))
    columns, places = ", ".join(names), f"({', '.join('?' * len(names))})"
    same = " AND ".join(f"{table.name}.{name} = new.{name}" for name in key)

    @lru_cache
    def of_many(count: int) -> str:
        new = f"WITH new ({columns}) AS (VALUES {', '.join([places] * count)})"
        change = f"UPDATE {table.name} SET {column} = new.{column}"  # noqa: S608 - our own names
        return f"{new} {change} FROM new WHERE {same}"

    return _Compiled(str(compiled), of_many, None)
