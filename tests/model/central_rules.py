"""What central may do to one side at any moment."""

from collections.abc import Iterator

from tests.model.changes import unheard, with_minted
from tests.model.mutations import Mutation
from tests.model.states import Book, Bounds, Held, Message, Minted, Move, Side

Step = tuple[Move, Side]


def central_steps(side: Side, bounds: Bounds, mutation: Mutation | None) -> Iterator[Step]:
    """Mint any volume (whether the quota has it left is asked of both sides), write off, hear.

    Any volume is more than any way to split a quota would choose: what holds here holds for
    every such way.
    """
    if len(side.minted) < bounds.grants:
        for volume in range(1, bounds.quota - side.committed + 1):
            yield Move("mint", len(side.minted) + 1, volume), _mint(side, volume)
    if side.incarnation < bounds.replacements:
        yield Move("write off"), _write_off(side)
    if mutation is Mutation.TIME_OUT:
        for grant, minted in enumerate(side.minted, start=1):
            if minted.book is Book.OPEN:
                yield (
                    Move("time out", grant, minted.spent),
                    unheard(with_minted(side, grant, minted._replace(book=Book.ALONE))),
                )
    for message in side.sent:
        after = _hear(side, message, mutation)
        if after is not side:
            yield Move(f"{message.kind} arrives", message.grant, message.spent), after


def _mint(side: Side, volume: int) -> Side:
    disk = side.gateway.disk
    return side._replace(
        minted=(*side.minted, Minted(volume, side.incarnation)),
        gateway=side.gateway._replace(disk=disk._replace(held=(*disk.held, Held()))),
        dispensed=(*side.dispensed, 0),
        activations=(*side.activations, 0),
    )


def _write_off(side: Side) -> Side:
    """A person declares the gateway lost; it may well go on, out of reach, or be replaced."""
    after = side._replace(
        incarnation=side.incarnation + 1,
        minted=tuple(
            grant._replace(book=Book.ALONE, spent=grant.volume)
            if grant.book is Book.OPEN
            else grant
            for grant in side.minted
        ),
    )
    return unheard(after)


def _hear(side: Side, message: Message, mutation: Mutation | None) -> Side:
    """What was spent never falls, so the highest report is the
    one with the highest ledger sequence."""
    minted = side.minted[message.grant - 1]
    if mutation is Mutation.DELTAS:
        spent = minted.spent + message.spent
    elif message.kind == "Close":
        spent = message.spent
    else:
        spent = max(minted.spent, message.spent)
    book = Book.CLOSED if message.kind == "Close" else Book.OPEN
    after = minted._replace(book=book, spent=spent)
    return side if after == minted else unheard(with_minted(side, message.grant, after))
