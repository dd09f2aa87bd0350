"""The newest entries of one type in a year, from all ledgers."""

from contextlib import suppress
from typing import TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, select

from gateway.core.facts import TYPE_OF, Fact
from mqtt.central.tables import entries

MOST = 20

F = TypeVar("F", bound=Fact)


class _Said(Struct):
    data: msgspec.Raw


def count(connection: Connection, fact: type[Fact], year: int) -> int:
    """How many there are."""
    query = select(func.count()).select_from(entries).where(*_of(fact, year))
    return connection.scalar(query) or 0


def newest(connection: Connection, fact: type[F], year: int) -> list[tuple[str, str, F]]:
    """Gateway, time and what it says, the newest first, at most 20."""
    rows = connection.execute(
        select(entries.c.gateway, entries.c.time, entries.c.body)
        .where(*_of(fact, year))
        .order_by(entries.c.time.desc(), entries.c.sequence.desc())
        .limit(MOST)
    )
    found = []
    for gateway, time, body in rows:
        with suppress(msgspec.ValidationError):  # then it is in quarantine
            said = msgspec.json.decode(body, type=_Said)
            found.append((gateway, time, msgspec.json.decode(said.data, type=fact)))
    return found


def _of(fact: type[Fact], year: int) -> tuple[ColumnElement[bool], ...]:
    return entries.c.type == TYPE_OF[fact], entries.c.time.like(f"{year:04}-%")
