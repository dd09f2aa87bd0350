"""Apply a gateway's ledger: each entry exactly once, in order, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from gateway.core.facts import TYPE_OF, Fact, KeyRotated
from gateway.core.log import Entry
from mqtt.central.history_tables import former_ledgers
from mqtt.central.many import execute_many
from mqtt.central.quarantine import project_or_keep
from mqtt.central.tables import entries as entries_table
from mqtt.central.tables import gateways, seals
from mqtt.central.unreadable import Unreadable
from mqtt.messages import LedgerMessage
from mqtt.payloads import MessageRejected
from mqtt.seals import Seal

_INSERT = insert(entries_table)
_INSERT_SEAL = insert(seals)
_KNOWN = select(
    gateways.c.incarnation,
    gateways.c.through,
    gateways.c.head,
    gateways.c.boot,
    gateways.c.epoch,
    gateways.c.revoked,
).where(gateways.c.name == bindparam("of_gateway"))
_ADVANCE = (
    update(gateways)
    .where(gateways.c.name == bindparam("of_gateway"))
    .values(through=bindparam("new_through"), head=bindparam("new_head"))
)
_ADVANCE_FORMER = (
    update(former_ledgers)
    .where(
        former_ledgers.c.gateway == bindparam("of_gateway"),
        former_ledgers.c.incarnation == bindparam("of_incarnation"),
    )
    .values(through=bindparam("new_through"), head=bindparam("new_head"))
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


@dataclass(frozen=True, slots=True)
class Known:
    """A registered gateway, as far as its ledger is applied."""

    name: str
    incarnation: str
    through: int
    head: str
    boot: int
    epoch: int
    """The newest of ours that its ledger has adopted, as far as it is applied."""
    revoked: str | None
    """Why nothing more is taken from it, if so."""
    ended: bool = False
    """Another incarnation has followed this one: what it holds is history."""


def known_gateway(connection: Connection, name: str) -> Known:
    """MessageRejected if the gateway is not registered."""
    row = connection.execute(_KNOWN, {"of_gateway": name}).first()
    if row is None:
        raise MessageRejected(f"gateway {name} is not registered here")
    return Known(name, *row)


def changes_key(entries: Sequence[Entry]) -> bool:
    """Does the gateway's key change at one of these entries?"""
    return any(entry.type == KEY_ROTATED for entry in entries)


def apply_ledger(
    connection: Connection,
    gateway: Known,
    message: LedgerMessage,
    zone: ZoneInfo,
    now: datetime,
    facts: Sequence[Fact] | None = None,
) -> Applied:
    """Apply what continues the gateway's ledger, in the caller's transaction.

    `now`: an aware instant, for the directives that answer it. `facts`: what each entry says, if
    that has been read already.

    The message must be one piece of a chain (`check_batch`) of this incarnation
    (`check_incarnation`) and its seal verified. MessageRejected if the key changes within it;
    Forked if it is not of the chain that we have.
    """
    entries = message.entries
    hashes = [entry.prevhash for entry in entries[1:]] + [message.seal.head]
    if changes_key(entries[:-1]):
        raise MessageRejected(
            "the gateway's key changes before the last entry, which the seal is at: what is "
            "beyond the change must be sealed by itself, with the new key"
        )
    first = entries[0].sequence
    if first > gateway.through + 1:
        return Applied.GAP
    known = gateway.through - first + 1
    _refuse_fork(connection, gateway, entries, hashes, known)
    if known >= len(entries):
        return Applied.REPLAY
    _store(connection, gateway, entries[known:], hashes[known:])
    _keep_seal(connection, gateway, message.seal)
    usable = None if facts is None else list(zip(entries, facts, strict=True))[known:]
    project_or_keep(
        connection, gateway.name, gateway.incarnation, entries[known:], zone, now, usable
    )
    return Applied.NEW


def _refuse_fork(
    connection: Connection,
    gateway: Known,
    entries: Sequence[Entry],
    hashes: Sequence[str],
    known: int,
) -> None:
    """Compare the last entry that both have; its hash covers all before it."""
    if known <= 0:
        sequence, theirs = gateway.through, entries[0].prevhash
    else:
        last = min(known, len(entries)) - 1
        sequence, theirs = entries[last].sequence, hashes[last]
    columns = entries_table.c
    ours = gateway.head
    if sequence != gateway.through:
        ours = connection.execute(
            select(columns.hash).where(
                columns.gateway == gateway.name,
                columns.incarnation == gateway.incarnation,
                columns.sequence == sequence,
            )
        ).scalar_one()
    if theirs != ours:
        raise Forked(
            f"the ledger of {gateway.name} is forked: its entry {sequence} had hash "
            f"{ours[:16]}… and now has {theirs[:16]}…; nothing of this message is applied. "
            "Was a copy of its storage put back? Then it needs a fresh incarnation"
        )


def _store(
    connection: Connection, gateway: Known, entries: Sequence[Entry], hashes: Sequence[str]
) -> None:
    rows = [
        {
            "gateway": gateway.name,
            "incarnation": gateway.incarnation,
            "sequence": entry.sequence,
            "type": entry.type,
            "time": entry.time,
            "hash": entry_hash,
            "body": _body(entry),
        }
        for entry, entry_hash in zip(entries, hashes, strict=True)
    ]
    execute_many(connection, _INSERT, rows)
    place = {
        "of_gateway": gateway.name,
        "new_through": entries[-1].sequence,
        "new_head": hashes[-1],
    }
    if gateway.ended:
        connection.execute(_ADVANCE_FORMER, {**place, "of_incarnation": gateway.incarnation})
    else:
        connection.execute(_ADVANCE, place)


def _keep_seal(connection: Connection, gateway: Known, seal: Seal) -> None:
    """So that an export of our copy proves itself, without the gateway and without us."""
    connection.execute(
        _INSERT_SEAL,
        {
            "gateway": gateway.name,
            "incarnation": gateway.incarnation,
            "sequence": seal.sequence,
            "seal": msgspec.json.encode(seal).decode(),
        },
    )


def _body(entry: Entry) -> str:
    raw = entry.raw if isinstance(entry, Unreadable) else msgspec.json.encode(entry)
    return raw.decode()
