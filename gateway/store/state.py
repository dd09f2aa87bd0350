"""A hash over what the chain of entries does not cover: the row meta and the open sessions.

SQLite has no checksums in the database file, so one flipped bit could change a reservation,
or what central is said to have acknowledged, and still read well.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from gateway.core.chain import canonical
from gateway.store.schema import VERSION
from gateway.store.view import Meta

Statement = tuple[str, tuple[Any, ...]]


class NewEpoch(NamedTuple):
    """Central was restored, and speaks in an epoch above ours."""

    epoch: int
    through: int
    """What it has of our ledger: all that follows is unacknowledged again."""


def adopting(meta: Meta, new: NewEpoch) -> Meta:
    """The row meta in a new epoch; ValueError if it is not above the one that holds."""
    if new.epoch <= meta.epoch:
        raise ValueError(f"epoch {new.epoch} is not above {meta.epoch}, which holds here")
    through = min(new.through, meta.acknowledged_through)
    return msgspec.structs.replace(meta, epoch=new.epoch, acknowledged_through=through)


def state_hash(meta: Meta, sessions: Mapping[int, bytes]) -> str:
    """SHA-256 in hex of the canonical meta, then a line for each pump with its open session."""
    lines = [canonical(msgspec.to_builtins(meta))]
    lines += [b"%d %b" % (pump, sessions[pump]) for pump in sorted(sessions)]
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def first_state(gateway: str, incarnation: str, epoch: int) -> Statement:
    """What puts the row meta of an empty ledger in the database."""
    meta = Meta(
        gateway=gateway,
        incarnation=incarnation,
        epoch=epoch,
        commit_no=0,
        acknowledged_through=0,
        boot=0,
        session_no=0,
    )
    return (
        "INSERT INTO meta VALUES (1, ?, ?, ?, ?, 0, 0, 0, 0, ?)",
        (VERSION, gateway, incarnation, epoch, state_hash(meta, {})),
    )


def write_state(meta: Meta, sessions: Mapping[int, bytes]) -> Statement:
    """What puts the row meta beside these open sessions in the database."""
    return (
        "UPDATE meta SET epoch = ?, commit_no = ?, acknowledged_through = ?, boot = ?, "
        "session_no = ?, state = ?",
        (
            meta.epoch,
            meta.commit_no,
            meta.acknowledged_through,
            meta.boot,
            meta.session_no,
            state_hash(meta, sessions),
        ),
    )
