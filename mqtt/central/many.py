"""One statement for many rows, without what SQLAlchemy does for each: half of a drain's work."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Table, bindparam, update
from sqlalchemy.sql.compiler import SQLCompiler

ROWS_AT_ONCE = (500, 100, 20, 4, 1)
"""In one statement: the driver then leaves the interpreter to other threads for all of them, not
for each. Few sizes, so that SQLite prepares few statements; the values of the greatest stay far
below the 32,766 that it takes in one."""

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


def _execute(connection: Connection, compiled: _Compiled, rows: Sequence[Row]) -> None:
    sql, of_many, in_its_order = compiled
    ordered: Any = list(map(in_its_order, rows)) if in_its_order else rows
    if of_many is None:
        connection.exec_driver_sql(sql, ordered)
        return
    done = 0
    for count in _in_pieces(len(ordered)):
        values = tuple(chain.from_iterable(ordered[done : done + count]))
        connection.exec_driver_sql(of_many(count), values)
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
