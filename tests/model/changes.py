"""Small changes of the tuples, shared by the rules of both ends."""

from typing import TypeVar

from tests.model.states import Book, Disk, Fill, Held, Message, Minted, Record, Row, Side

T = TypeVar("T")


def put(items: tuple[T, ...], grant: int, item: T) -> tuple[T, ...]:
    """With the item of a grant replaced; grants are numbered from 1."""
    return (*items[: grant - 1], item, *items[grant:])


def with_minted(side: Side, grant: int, minted: Minted) -> Side:
    return side._replace(minted=put(side.minted, grant, minted))


def with_held(side: Side, grant: int, held: Held) -> Side:
    return with_disk(
        side, side.gateway.disk._replace(held=put(side.gateway.disk.held, grant, held))
    )


def with_disk(side: Side, disk: Disk) -> Side:
    return side._replace(gateway=side.gateway._replace(disk=disk))


def with_fill(side: Side, fill: Fill) -> Side:
    return side._replace(gateway=side.gateway._replace(fill=fill))


def send(side: Side, message: Message) -> Side:
    if message in side.sent:
        return side
    return unheard(side._replace(sent=tuple(sorted((*side.sent, message)))))


def unheard(side: Side) -> Side:
    """Without the messages about grants that central has closed: it ignores them for ever, so
    states that differ in nothing else are one."""
    heard = tuple(m for m in side.sent if side.minted[m.grant - 1].book is Book.OPEN)
    return side if heard == side.sent else side._replace(sent=heard)


def settled(disk: Disk, grant: int, charged: int) -> Disk:
    """The open fill's end in one write: the sale is recorded and the row is gone."""
    held = disk.held[grant - 1]
    return disk._replace(
        held=put(disk.held, grant, held._replace(spent=held.spent + charged)), row=Row()
    )


def closed(side: Side, grant: int) -> Side:
    """The grant's record is closed, and the Close is on its way."""
    held = side.gateway.disk.held[grant - 1]._replace(record=Record.CLOSED, recalled=False)
    after = with_held(side, grant, held)
    after = after._replace(gateway=after.gateway._replace(closing=0))
    return send(after, close_of(held, grant))


def close_of(held: Held, grant: int) -> Message:
    return Message("Close", grant, held.spent - held.told)


def ended(side: Side, grant: int) -> Side:
    """A fill on this grant has ended: if it is recalled, its Close is in the same write."""
    return closed(side, grant) if side.gateway.disk.held[grant - 1].recalled else side
