"""One statement for many rows, without what SQLAlchemy does for each: half of a drain's work."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Update
from sqlalchemy.sql.compiler import SQLCompiler


def execute_many(
    connection: Connection, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Execute an insert or update for rows that all have the same two or more names.

    Values go to the driver as they are, so columns must be of plain types: text, integers, truth
    values. Keep the statement in a constant: its SQL is made once.
    """
    if not rows:
        return
    compiled = _compiled(statement, connection.dialect, tuple(rows[0]))
    parameters: Any = list(rows)
    if compiled.positiontup is not None:
        parameters = list(map(itemgetter(*compiled.positiontup), rows))
    connection.exec_driver_sql(str(compiled), parameters)


@lru_cache(maxsize=64)
def _compiled(statement: Insert | Update, dialect: Dialect, names: tuple[str, ...]) -> SQLCompiler:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  # an insert or update is SQL
    return compiled
