"""The directives of each gateway: one chained log each, appended to here, served in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from gateway.core.allocation import DIRECTIVE_TYPES, Directive
from gateway.core.chain import GENESIS
from gateway.core.log import Entry
from mqtt.central.many import ask, ask_one, insert_many, tell
from mqtt.central.periods import utc_text
from mqtt.central.tables import directives, gateways, identity
from mqtt.messages import MAX_ENTRIES

SOURCE = "takar/central"
_TYPE_OF = {directive: name for name, directive in DIRECTIVE_TYPES.items()}
_APPENDED = "takar_directives_appended"


_HEADS = select(
    gateways.c.name,
    gateways.c.incarnation,
    gateways.c.directives_through,
    gateways.c.directives_head,
).order_by(gateways.c.name)
_HEAD = _HEADS.where(gateways.c.name == bindparam("of_gateway"))
_INCARNATION = select(identity.c.incarnation)
_DIRECTIVE = ("gateway", "sequence", "type", "hash", "body")
_INSERT = insert(directives)
_ADVANCE = (
    update(gateways)
    .where(gateways.c.name == bindparam("of_gateway"))
    .values(directives_through=bindparam("new_through"), directives_head=bindparam("new_head"))
)
_HASH_AT = select(directives.c.hash).where(
    directives.c.gateway == bindparam("of_gateway"),
    directives.c.sequence == bindparam("at"),
)
_FROM = (
    directives.c.gateway == bindparam("of_gateway"),
    directives.c.sequence >= bindparam("first"),
)
_LENGTH_FROM = select(func.sum(func.length(directives.c.body))).where(*_FROM)
_BODIES_FROM = (
    select(directives.c.body).where(*_FROM).order_by(directives.c.sequence).limit(MAX_ENTRIES)
)
_NEWEST = (
    select(gateways.c.name, directives.c.body)
    .join(
        directives,
        (directives.c.gateway == gateways.c.name)
        & (directives.c.sequence == gateways.c.directives_through),
        isouter=True,
    )
    .order_by(gateways.c.name)
)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a gateway's directives end, and what a seal about them needs."""

    gateway: str
    incarnation: str
    sequence: int
    hash: str


def heads(connection: Connection) -> list[Head]:
    """The directives' head of every gateway, in the order of their names."""
    return [Head(*row) for row in ask(connection, _HEADS)]


def head_of(connection: Connection, gateway: str) -> Head:
    """The one of a registered gateway."""
    (head,) = ask(connection, _HEAD, {"of_gateway": gateway})
    return Head(*head)


def append(
    connection: Connection,
    bodies: Sequence[Directive],
    now: datetime,
    only: str | None = None,
) -> None:
    """Append directives for one gateway, or for all: in the caller's transaction, all or none."""
    if not bodies:
        return
    ((own,),) = ask(connection, _INCARNATION)
    time = utc_text(now)
    for head in heads(connection) if only is None else [head_of(connection, only)]:
        rows, last = [], head.hash
        for sequence, body in enumerate(bodies, start=head.sequence + 1):
            entry = Entry(
                id=f"{own}/{sequence}",
                source=SOURCE,
                type=_TYPE_OF[type(body)],
                time=time,
                data=msgspec.to_builtins(body),
                sequence=sequence,
                prevhash=last,
            )
            last = entry.hash
            rows.append(
                (head.gateway, sequence, entry.type, last, msgspec.json.encode(entry).decode())
            )
        insert_many(connection, _INSERT, _DIRECTIVE, rows)
        through = head.sequence + len(rows)
        place = {"of_gateway": head.gateway, "new_through": through, "new_head": last}
        tell(connection, _ADVANCE, place)
    connection.info[_APPENDED] = True


def were_appended(connection: Connection) -> bool:
    """Has anything been appended since this was asked last, whatever became of it?"""
    return bool(connection.info.pop(_APPENDED, False))


def silent_since(connection: Connection, instant: datetime) -> list[str]:
    """Gateways whose newest directive is older than an instant, or that have none."""
    before = utc_text(instant)
    return [
        name
        for name, body in ask(connection, _NEWEST)
        if body is None or msgspec.json.decode(body, type=Entry).time < before
    ]


def hash_at(connection: Connection, gateway: str, sequence: int) -> str | None:
    """Hash of a gateway's directive; of an empty log at 0; None where we have none."""
    if sequence == 0:
        return GENESIS
    row = ask_one(connection, _HASH_AT, {"of_gateway": gateway, "at": sequence})
    return row[0] if row else None


def bytes_from(connection: Connection, gateway: str, first: int) -> int:
    """How long the directives from `first` on are together, in characters."""
    ((length,),) = ask(connection, _LENGTH_FROM, {"of_gateway": gateway, "first": first})
    return int(length or 0)


def batch(connection: Connection, gateway: str, first: int, limit_bytes: int) -> list[Entry]:
    """Directives from `first` on, as one message of about that length carries; at least one."""
    rows = ask(connection, _BODIES_FROM, {"of_gateway": gateway, "first": first})
    bodies = [body.encode() for (body,) in rows]
    fit = count_that_fit([len(body) for body in bodies], limit_bytes)
    return [msgspec.json.decode(body, type=Entry) for body in bodies[:fit]]


def log_of(connection: Connection, gateway: str, through: int | None = None) -> Iterator[Entry]:
    """A gateway's directives from the first on, to the newest or to that one."""
    query = select(directives.c.body).where(directives.c.gateway == gateway)
    if through is not None:
        query = query.where(directives.c.sequence <= through)
    for (body,) in connection.execute(query.order_by(directives.c.sequence)):
        yield msgspec.json.decode(body, type=Entry)


def count_that_fit(lengths: Sequence[int], limit_bytes: int) -> int:
    """How many of these, from the first on, are within the limit; one if even that is beyond."""
    total = 0
    for count, length in enumerate(lengths):
        total += length
        if count and total > limit_bytes:
            return count
    return len(lengths)
