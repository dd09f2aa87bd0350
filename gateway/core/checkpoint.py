"""What stands for a ledger's first entries once they are pruned: all that a start folds from them.

Folding the entries after a checkpoint onto it gives what folding all of them would have given.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import tzinfo
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from gateway.core.balance import Balance, fold
from gateway.core.chain import GENESIS, canonical
from gateway.core.fields import Hash, Incarnation, Name
from gateway.core.fields import Sequence as SequenceNumber
from gateway.core.log import Entry
from gateway.core.newest import Newest

_OF_CONFIGURATION = "zone"
"""The one field of a balance that no entry says."""


class Checkpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state after entry `through`, whose hash `head` the next entry carries as prevhash."""

    gateway: Name
    incarnation: Incarnation
    through: SequenceNumber
    head: Hash
    balance: dict[str, Any]
    """Field by field what `gateway.core.balance.Balance` holds: grants with what was spent,
    closed ones, high-water mark, day counts, overruns, totalisers."""
    newest: Newest

    @property
    def content(self) -> bytes:
        """In RFC 8785 form; its SHA-256 is what the seal signs and the ledger names."""
        return canonical(msgspec.to_builtins(self))

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def balance_in(self, zone: tzinfo) -> Balance:
        """Days begin in `zone`. msgspec.ValidationError if a field is none of a balance."""
        hints = get_type_hints(Balance)
        names = [each.name for each in fields(Balance) if each.name != _OF_CONFIGURATION]
        if set(names) != set(self.balance):
            raise msgspec.ValidationError(
                f"a checkpoint's balance holds {', '.join(self.balance)}, "
                f"expected {', '.join(names)}"
            )
        values = {
            name: msgspec.convert(self.balance[name], hints[name], str_keys=True) for name in names
        }
        return Balance(zone, **values)


def checkpoint_after(
    before: Checkpoint | None, entries: Sequence[Entry], zone: tzinfo
) -> Checkpoint:
    """`before` (None: nothing pruned yet) and the entries after it, at least one, in one.

    ValueError if an entry does not follow the one before it, or does not fold.
    """
    _refuse_gap(before, entries)
    first = entries[0]
    incarnation, gateway = first.id.partition("/")[0], first.source.partition("/")[2]
    newest = msgspec.structs.replace(before.newest) if before is not None else Newest()
    newest.acknowledged_through = entries[-1].sequence
    balance = before.balance_in(zone) if before is not None else Balance(zone)
    balance = fold(balance, newest.watch(entries))
    return Checkpoint(
        gateway=gateway,
        incarnation=incarnation,
        through=entries[-1].sequence,
        head=entries[-1].hash,
        balance=_content(balance),
        newest=newest,
    )


def _content(balance: Balance) -> dict[str, Any]:
    """As it reads from JSON: numbers as names are text, tuples are lists."""
    return {
        each.name: msgspec.json.decode(msgspec.json.encode(getattr(balance, each.name)))
        for each in fields(balance)
        if each.name != _OF_CONFIGURATION
    }


def _refuse_gap(before: Checkpoint | None, entries: Sequence[Entry]) -> None:
    sequence, head = (before.through, before.head) if before is not None else (0, GENESIS)
    for entry in entries:
        if (entry.sequence, entry.prevhash) != (sequence + 1, head):
            raise ValueError(
                f"entry {entry.sequence} with prevhash {entry.prevhash[:12]}… does not follow "
                f"entry {sequence} with the hash {head[:12]}…"
            )
        sequence, head = entry.sequence, entry.hash
