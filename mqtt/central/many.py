"""One statement for many rows, without what SQLAlchemy does for each: half of a drain's work."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Update
from sqlalchemy.sql.compiler import SQLCompiler

ROWS_AT_ONCE = 200
"""In one insert: the driver then leaves the interpreter to other threads for all of them, not
for each. Their values stay far below SQLite's 32,766 in one statement."""


class _Compiled(NamedTuple):
    sql: str
    of_many: str
    """An insert of ROWS_AT_ONCE rows; empty where there is none."""
    in_its_order: Callable[[tuple[Any, ...]], Any] | None
    """Brings a row's values into the statement's order; None where they are in it."""


def execute_many(
    connection: Connection,
    statement: Insert | Update,
    names: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Execute an insert or update for rows of values that have these two or more names.

    Values go to the driver as they are, so columns must be of plain types: text, integers, truth
    values. Keep statement and names in constants: the SQL is made once.
    """
    if not rows:
        return
    sql, of_many, in_its_order = _compiled(statement, connection.dialect, names)
    ordered: Any = list(map(in_its_order, rows)) if in_its_order else rows
    done = 0
    while of_many and done + ROWS_AT_ONCE <= len(ordered):
        values = tuple(chain.from_iterable(ordered[done : done + ROWS_AT_ONCE]))
        connection.exec_driver_sql(of_many, values)
        done += ROWS_AT_ONCE
    if done < len(ordered):
        connection.exec_driver_sql(sql, ordered[done:])


@lru_cache(maxsize=64)
def _compiled(statement: Insert | Update, dialect: Dialect, names: tuple[str, ...]) -> _Compiled:
    if isinstance(statement, Insert):
        statement = statement.inline()  # nothing is returned
    compiled = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  # an insert or update is SQL
    sql, order = str(compiled), compiled.positiontup
    if order is None:
        return _Compiled(sql, "", lambda row: dict(zip(names, row, strict=True)))
    start, _, values = sql.rpartition(" VALUES ")
    of_many = f"{start} VALUES {', '.join([values] * ROWS_AT_ONCE)}" if start else ""
    in_order = tuple(order) == names
    return _Compiled(sql, of_many, None if in_order else itemgetter(*map(names.index, order)))
