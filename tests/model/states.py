"""What the model of the grant protocol remembers, as immutable tuples of small integers.

A `Side` is all that concerns one gateway: what central's book says of its grants, the gateway
with its disk, its memory and its valve, and the messages between the two. Two sides share
nothing but the quota, so the successors of a side are worked out once, and a state of the
whole is a pair of sides. Swapping the two changes nothing: the search keeps one order.

Volumes are whole units, each as much as one reservation: the protocol has no other scale.

Left out: clocks and periods (they carry no safety), seals, overrun by a failed valve, a fill
that draws on two grants, emergency and override grants (quotas of their own), a central
restored from a backup, litres that a person gives back after a write-off, and an image started
without any witness, which the README states as the exception to S.
"""

from enum import IntEnum
from typing import NamedTuple


class Book(IntEnum):
    """How central's book has a grant."""

    OPEN = 0
    """Counts with its full volume."""
    CLOSED = 1
    """By the gateway's Close; counts with what was spent."""
    ALONE = 2
    """Closed by central alone: at full volume by a person's decision, or wrongly by a time-out."""


class Record(IntEnum):
    """What the gateway's disk has of a grant."""

    NONE = 0
    OPEN = 1
    CLOSED = 2
    """The stored Close, kept until its acknowledgement; also of a grant never held, with 0."""
    FORGOTTEN = 3
    """Was closed; the record is gone, only the high-water mark still covers it."""


class Minted(NamedTuple):
    """A grant in central's book; its number is its place, from 1."""

    volume: int
    incarnation: int
    """Of the gateway it was minted for."""
    book: Book = Book.OPEN
    spent: int = 0
    """Highest reported while open, final once closed."""


class Held(NamedTuple):
    record: Record = Record.NONE
    spent: int = 0
    told: int = 0
    """Spent at the last report; only a gateway that reports differences needs it."""
    recalled: bool = False
    """While a fill draws on it: nothing more is taken, and it is closed when the fill ends."""


class Row(NamedTuple):
    """The open fill as the disk has it; all zero for none."""

    grant: int = 0
    reserved: int = 0
    metered: int = 0
    """At the last write of the row."""


class Disk(NamedTuple):
    """What a crash leaves."""

    incarnation: int = 0
    high_water: int = 0
    held: tuple[Held, ...] = ()
    """By grant number, from 1."""
    row: Row = Row()


class Fill(NamedTuple):
    """The open fill in memory and at the pump; all zero for none.

    After a crash the pump alone goes on with it, until the second contact has shut the valve:
    at most up to `limit`, because the stop bound is part of every reservation.
    """

    grant: int = 0
    asked: int = 0
    """Reservation that memory wants; not durable while the row has less."""
    limit: int = 0
    """Where the valve shuts; 0 while it was never opened."""
    dispensed: int = 0


class Gateway(NamedTuple):
    disk: Disk = Disk()
    fill: Fill = Fill()
    down: bool = False
    closing: int = 0
    """Grant whose Close was sent and is not yet durable: only in a mutation."""
    image: tuple[Disk, ...] = ()
    """A copy of the card made earlier: only where the rules can come back to it."""


class Message(NamedTuple):
    """From the gateway: once sent it may arrive at any time, any number of times, or never."""

    kind: str
    grant: int
    spent: int


class Side(NamedTuple):
    incarnation: int = 0
    """Which central mints for."""
    minted: tuple[Minted, ...] = ()
    gateway: Gateway = Gateway()
    sent: tuple[Message, ...] = ()
    """In order, each once. Central's messages need no place here: see `arrivals`."""
    dispensed: tuple[int, ...] = ()
    """What truly flowed, by grant; nobody in the protocol knows it."""
    activations: tuple[int, ...] = ()
    """By grant, up to 2; a grant belongs to one incarnation."""
    flowed_closed: bool = False
    """Fuel passed on a grant that the gateway or its own Close had ended."""

    @property
    def committed(self) -> int:
        """What the quota has to bear: open grants in full, closed ones with what they spent."""
        return sum(g.spent if g.book else g.volume for g in self.minted)


class Move(NamedTuple):
    """One step of one side: its kind, the grant it is about (0: none), and an amount."""

    kind: str
    grant: int = 0
    amount: int = 0


class Bounds(NamedTuple):
    """What keeps the search finite. Crashes, duplicates, losses and delays are not bounded."""

    quota: int
    grants: int
    """Minted in all."""
    replacements: int
    """Gateways written off, replaced or restored in all."""
