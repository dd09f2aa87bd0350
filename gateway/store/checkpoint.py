"""The ledger's checkpoint in its database: how it gets there, and whether it is what it was."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator

import msgspec

from gateway.core.checkpoint import Checkpoint
from gateway.core.facts import LedgerPruned
from gateway.store.chaining import text_of
from gateway.store.own_seals import OwnSeals
from gateway.store.problem import Problem
from gateway.store.state import Statement
from gateway.store.view import Meta
from mqtt.seal import Seal, SealType
from mqtt.seals import SealInvalid

Verify = Callable[[Seal, SealType], None]
"""Raises SealInvalid unless the gateway made the seal, for that."""

_WHERE = "checkpoint"


def replaced_by(checkpoint: Checkpoint, seals: OwnSeals) -> list[Statement]:
    """What puts the checkpoint, sealed, in the place of the entries that it stands for."""
    seal = seals.signer.seal("checkpoint", checkpoint.through, checkpoint.hash)
    content = checkpoint.content.decode()
    values = (checkpoint.through, checkpoint.head, content, text_of(seal))
    return [
        ("INSERT OR REPLACE INTO checkpoint VALUES (1, ?, ?, ?, ?)", values),
        ("DELETE FROM entries WHERE sequence <= ?", (checkpoint.through,)),
        ("DELETE FROM seals WHERE sequence <= ?", (checkpoint.through,)),
    ]


def checkpoint_problems(
    connection: sqlite3.Connection, meta: Meta, newest: LedgerPruned | None, verify: Verify
) -> Iterator[Problem]:
    """`newest`: what the last entry of its kind says was pruned; None if there is no such entry."""
    row = connection.execute(
        "SELECT through, head, CAST(body AS BLOB), CAST(seal AS BLOB) FROM checkpoint"
    ).fetchone()
    if row is None:
        if newest is not None:
            yield Problem(_WHERE, f"one through entry {newest.through}", "none")
        return
    through, head, body, text = row
    try:
        seal = msgspec.json.decode(text, type=Seal)
        verify(seal, "checkpoint")
        checkpoint = msgspec.json.decode(body, type=Checkpoint)
    except (ValueError, SealInvalid) as error:
        yield Problem(_WHERE, "one that this gateway has sealed", str(error))
        return
    found = hashlib.sha256(body).hexdigest()
    if (seal.sequence, seal.head) != (through, found):
        yield Problem(_WHERE, f"through entry {seal.sequence}, with the hash {seal.head}, as was "
                      "sealed", f"through entry {through}, with {found}")  # fmt: skip
    whose = (checkpoint.gateway, checkpoint.incarnation, checkpoint.through, checkpoint.head)
    if whose != (meta.gateway, meta.incarnation, through, head):
        wanted = f"that of {meta.gateway} {meta.incarnation} through entry {through}, {head}"
        yield Problem(_WHERE, wanted, " ".join(map(str, whose)))
    if newest is None or (newest.through, newest.content) != (through, found):
        yield Problem(
            _WHERE,
            "none"
            if newest is None
            else f"the one of the newest ledger.pruned: "
            f"through entry {newest.through}, with the hash {newest.content}",
            f"through entry {through}, with {found}",
        )
