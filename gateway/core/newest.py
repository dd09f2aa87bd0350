"""What is last in a ledger, seen on its way into the balance, so that it is read once."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from gateway.core.clock import trusted_time
from gateway.core.facts import (
    TYPE_OF,
    AllocationApplied,
    ClockTold,
    GatewayRestored,
    KeyLearned,
    KeyRotated,
    LedgerForked,
)
from gateway.core.log import Entry


class Rotation(Struct, frozen=True, forbid_unknown_fields=True):
    """A change of the gateway's own key, and the entry at which it says so."""

    sequence: int
    fact: KeyRotated


def rotation_in(entry: Entry) -> Rotation:
    """Of a `key.rotated` entry; msgspec.ValidationError if it does not read as one."""
    return Rotation(entry.sequence, msgspec.convert(entry.data, KeyRotated))


_CLOCK_TOLD = TYPE_OF[ClockTold]
_OF_NOTE = frozenset(
    TYPE_OF[kind]
    for kind in (GatewayRestored, AllocationApplied, KeyLearned, KeyRotated, LedgerForked)
)
"""Few of a ledger's entries are one of these."""


class Newest(Struct, forbid_unknown_fields=True):
    """Every field goes into a checkpoint: a start that begins there knows what was before."""

    acknowledged_through: int = 0
    """Sequence through which central holds the ledger."""
    delivered: str | None = None
    """The newest good time of an entry that central has acknowledged."""
    time: str | None = None
    """The newest at which the clock was good, or central said what time it was."""
    told: str | None = None
    """What central said last of the time."""
    applied: AllocationApplied | None = None
    restored: bool = False
    """This ledger follows a former one."""
    follows: tuple[str, ...] = ()
    """The incarnations that it follows, as far as they were known."""
    learned: tuple[KeyLearned, ...] = ()
    """All that the root has said of central's keys."""
    rotated: tuple[Rotation, ...] = ()
    """Every change of this gateway's own key."""
    forked: str | None = None
    """How the ledger is forked, if it is."""

    def watch(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            self.time = trusted_time(entry) or self.time
            if entry.type == _CLOCK_TOLD:
                self._told(msgspec.convert(entry.data, ClockTold))
            if entry.sequence <= self.acknowledged_through:
                self.delivered = self.time
            if entry.type in _OF_NOTE:
                self._note(entry)
            yield entry

    def _note(self, entry: Entry) -> None:
        if entry.type == TYPE_OF[GatewayRestored]:
            self._follows(msgspec.convert(entry.data, GatewayRestored))
        elif entry.type == TYPE_OF[AllocationApplied]:
            self.applied = msgspec.convert(entry.data, AllocationApplied)
        elif entry.type == TYPE_OF[KeyLearned]:
            self.learned = (*self.learned, msgspec.convert(entry.data, KeyLearned))
        elif entry.type == TYPE_OF[KeyRotated]:
            self.rotated = (*self.rotated, rotation_in(entry))
        elif entry.type == TYPE_OF[LedgerForked]:
            self.forked = msgspec.convert(entry.data, LedgerForked).detail

    def _follows(self, fact: GatewayRestored) -> None:
        self.restored = True
        previous = () if fact.previous is None else (fact.previous.incarnation,)
        self.follows = (*previous, *fact.witnessed)

    def _told(self, fact: ClockTold) -> None:
        self.told = fact.time
        if fact.lowered or self.time is None or fact.time > self.time:
            self.time = fact.time
