"""What a gateway does with central's messages about grants."""

from collections.abc import Iterator

from tests.model.central_rules import Step
from tests.model.changes import close_of, closed, put, send, with_disk, with_held
from tests.model.mutations import Mutation
from tests.model.states import Book, Disk, Held, Message, Move, Record, Side


def arrivals(side: Side, mutation: Mutation | None) -> Iterator[Step]:
    """Grant, Recall and CloseAck may arrive whenever central could ever have sent them.

    Sending changes nothing at central, so what is under way needs no state of its own: this
    is every loss, every duplicate, every delay and every order at once. A message for another
    incarnation is ignored.
    """
    disk = side.gateway.disk
    for grant, minted in enumerate(side.minted, start=1):
        if minted.incarnation != disk.incarnation:
            continue
        answers = {
            "Grant arrives": _granted(side, grant, mutation),
            "Recall arrives": _recalled(side, grant, mutation),
            "expire": _expired(side, grant),
        }
        if minted.book is Book.CLOSED:
            answers["CloseAck arrives"] = _forgotten(side, grant)
        answers["record lost"] = _forgotten(side, grant)
        for kind, after in answers.items():
            if after != side:
                yield Move(kind, grant), after
    closing = side.gateway.closing
    if closing:
        yield Move("Close durable", closing), closed(side, closing)


def _granted(side: Side, grant: int, mutation: Mutation | None) -> Side:
    """Activate a grant above the high-water mark; answer for any other."""
    disk = side.gateway.disk
    record = disk.held[grant - 1].record
    unmarked = mutation is Mutation.NO_HIGH_WATER and record in (Record.NONE, Record.FORGOTTEN)
    if grant <= disk.high_water and not unmarked:
        return _answer(side, grant, mutation)
    after = with_disk(side, _raised(side, grant, Held(Record.OPEN)))
    count = min(2, side.activations[grant - 1] + 1)
    return after._replace(activations=put(side.activations, grant, count))


def _recalled(side: Side, grant: int, mutation: Mutation | None) -> Side:
    """Close a grant that no fill has reserved from; one never heard of before it comes."""
    disk = side.gateway.disk
    if grant > disk.high_water:
        after = with_disk(side, _raised(side, grant, Held(Record.CLOSED)))
        return send(after, Message("Close", grant, 0))
    held = disk.held[grant - 1]
    if held.record is Record.NONE:
        return closed(side, grant)
    if held.record is not Record.OPEN:
        return _answer(side, grant, mutation)
    if disk.row.grant == grant:
        return _answer(with_held(side, grant, held._replace(recalled=True)), grant, mutation)
    if mutation is Mutation.CLOSE_FIRST:
        closing = side._replace(gateway=side.gateway._replace(closing=grant))
        return send(closing, close_of(held, grant))
    return closed(side, grant)


def _expired(side: Side, grant: int) -> Side:
    """Its time has passed, and no fill has reserved from it."""
    disk = side.gateway.disk
    idle = disk.held[grant - 1].record is Record.OPEN and disk.row.grant != grant
    return closed(side, grant) if idle and not side.gateway.closing else side


def _answer(side: Side, grant: int, mutation: Mutation | None) -> Side:
    """The present state, or the stored Close. Of a forgotten grant nothing is known: silence.

    A Report of 0 tells central nothing, and a Close that was sent is still under way.
    """
    held = side.gateway.disk.held[grant - 1]
    if held.record is Record.OPEN and held.spent > held.told:
        after = send(side, Message("Report", grant, held.spent - held.told))
        if mutation is Mutation.DELTAS:
            after = with_held(after, grant, held._replace(told=held.spent))
        return after
    if held.record is Record.FORGOTTEN and mutation is Mutation.CLOSE_FORGOTTEN:
        return send(side, Message("Close", grant, 0))
    return side


def _raised(side: Side, grant: int, held: Held) -> Disk:
    """The high-water mark at a grant. Those it leaps over were never held, and never will
    be: each is closed with 0, in the same write. Of those of an earlier incarnation nothing is
    known, and central accepts no close."""
    disk = side.gateway.disk
    records = list(disk.held)
    for skipped in range(disk.high_water, grant - 1):
        mine = side.minted[skipped].incarnation == disk.incarnation
        records[skipped] = Held(Record.CLOSED if mine else Record.FORGOTTEN)
    records[grant - 1] = held
    return disk._replace(high_water=max(grant, disk.high_water), held=tuple(records))


def _forgotten(side: Side, grant: int) -> Side:
    """The stored Close is dropped: by its acknowledgement, or too early by a fault.

    Too early is also what a central restored from a backup sees: it has no Close, and the
    gateway was once told that it has.
    """
    held = side.gateway.disk.held[grant - 1]
    if held.record is not Record.CLOSED:
        return side
    return with_held(side, grant, Held(Record.FORGOTTEN))
