"""Apply a gateway's ledger: each entry exactly once, in order, or not at all."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from gateway.core.facts import TYPE_OF, KeyRotated
from mqtt.central.history_tables import former_ledgers
from mqtt.central.known import Known
from mqtt.central.many import ask, insert_many, tell
from mqtt.central.pieces import Piece, Told
from mqtt.central.quarantine import project_or_keep
from mqtt.central.tables import entries as entries_table
from mqtt.central.tables import gateways, seals
from mqtt.central.teller import Teller
from mqtt.payloads import MessageRejected
from mqtt.seal import Seal

_ENTRY = ("gateway", "incarnation", "sequence", "type", "time", "hash", "body")
_INSERT = insert(entries_table)
_SEAL = ("gateway", "incarnation", "sequence", "seal")
_INSERT_SEAL = insert(seals)
_ADVANCE = (
    update(gateways)
    .where(gateways.c.name == bindparam("of_gateway"))
    .values(
        through=bindparam("new_through"),
        head=bindparam("new_head"),
        last_seen=func.coalesce(bindparam("seen"), gateways.c.last_seen),
    )
)
_ADVANCE_FORMER = (
    update(former_ledgers)
    .where(
        former_ledgers.c.gateway == bindparam("of_gateway"),
        former_ledgers.c.incarnation == bindparam("of_incarnation"),
    )
    .values(through=bindparam("new_through"), head=bindparam("new_head"))
)
_HASH_AT = select(entries_table.c.hash).where(
    entries_table.c.gateway == bindparam("of_gateway"),
    entries_table.c.incarnation == bindparam("of_incarnation"),
    entries_table.c.sequence == bindparam("of_sequence"),
)
KEY_ROTATED = TYPE_OF[KeyRotated]


class Applied(Enum):
    """What became of a valid message; each is answered with an acknowledgement."""

    NEW = "new"
    REPLAY = "replay"
    GAP = "gap"
    """Begins beyond what we have: the gateway sends again from our acknowledgement on."""


class Forked(Exception):
    """A validly sealed message contradicts what the same gateway told us before."""


class _Typed(Protocol):
    @property
    def type(self) -> str: ...


def changes_key(entries: Sequence[_Typed]) -> bool:
    """Does the gateway's key change at one of these entries?"""
    return KEY_ROTATED in {entry.type for entry in entries}


def apply_ledger(
    connection: Connection,
    gateway: Known,
    piece: Piece,
    zone: ZoneInfo,
    now: datetime,
    *,
    seen: str | None = None,
    careful: bool = True,
) -> Applied:
    """Apply what continues the gateway's ledger, in the caller's transaction.

    `now`: an aware instant, for the directives that answer it. `seen`: that the gateway said so
    itself at this time. Not `careful`: whatever goes wrong is raised, and the transaction is to be
    begun anew.

    The piece must be of this incarnation and its seals verified. MessageRejected if the key
    changes within it; Forked if it is not of the chain that we have.
    """
    told = piece.entries
    if KEY_ROTATED in piece.types and changes_key(told[:-1]):
        raise MessageRejected(
            "the gateway's key changes before the last entry, which the seal is at: what is "
            "beyond the change must be sealed by itself, with the new key"
        )
    first = told[0].sequence
    if first > gateway.through + 1:
        return Applied.GAP
    known = gateway.through - first + 1
    _refuse_fork(connection, gateway, piece, known)
    if known >= len(told):
        return Applied.REPLAY
    new = told[known:]
    _store(connection, gateway, new, seen)
    _keep_seals(connection, gateway, piece.seals)
    teller = Teller(connection, gateway.name, gateway.incarnation, zone, now)
    project_or_keep(teller, new, history=gateway.ended, careful=careful)
    return Applied.NEW


def _refuse_fork(connection: Connection, gateway: Known, piece: Piece, known: int) -> None:
    """Compare the last entry that both have; its hash covers all before it."""
    if known <= 0:
        sequence, theirs = gateway.through, piece.prevhash
    else:
        last = piece.entries[min(known, len(piece.entries)) - 1]
        sequence, theirs = last.sequence, last.hash
    ours = gateway.head
    if sequence != gateway.through:
        place = {
            "of_gateway": gateway.name,
            "of_incarnation": gateway.incarnation,
            "of_sequence": sequence,
        }
        ((ours,),) = ask(connection, _HASH_AT, place)
    if theirs != ours:
        raise Forked(
            f"the ledger of {gateway.name} is forked: its entry {sequence} had hash "
            f"{ours[:16]}… and now has {theirs[:16]}…; nothing of this message is applied. "
            "Was a copy of its storage put back? Then it needs a fresh incarnation"
        )


def _store(connection: Connection, gateway: Known, new: Sequence[Told], seen: str | None) -> None:
    whose = gateway.name, gateway.incarnation
    rows = [(*whose, one.sequence, one.type, one.time, one.hash, one.body) for one in new]
    insert_many(connection, _INSERT, _ENTRY, rows)
    place = {
        "of_gateway": gateway.name,
        "new_through": new[-1].sequence,
        "new_head": new[-1].hash,
    }
    if gateway.ended:
        tell(connection, _ADVANCE_FORMER, {**place, "of_incarnation": gateway.incarnation})
    else:
        tell(connection, _ADVANCE, {**place, "seen": seen})


def _keep_seals(connection: Connection, gateway: Known, proofs: Sequence[Seal]) -> None:
    """So that an export of our copy proves itself, without the gateway and without us."""
    whose = gateway.name, gateway.incarnation
    rows = [
        (*whose, seal.sequence, msgspec.json.encode(seal).decode())
        for seal in proofs
        if seal.sequence > gateway.through
    ]
    insert_many(connection, _INSERT_SEAL, _SEAL, rows)
