"""Is a ledger what its gateway wrote? Sequence, chain, seals, checkpoint, anchor and state."""

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from gateway.core.facts import TYPE_OF, LedgerPruned
from gateway.core.newest import Rotation
from gateway.store.anchor import Anchored, read_anchor
from gateway.store.checkpoint import Verify, checkpoint_problems
from gateway.store.errors import LedgerDamaged
from gateway.store.own_seals import OwnSeals
from gateway.store.problem import Problem
from gateway.store.reader import LedgerReader
from gateway.store.state import state_hash
from gateway.store.view import Meta
from mqtt.seal import Seal
from mqtt.seals import SealInvalid

SNAPSHOT_TRIES = 100


class _Link(Struct):
    """What the chain needs of an entry's body."""

    id: str
    source: str
    type: str
    sequence: int
    prevhash: str


class _Pruned(Struct):
    """What the checkpoint's check needs of an entry that says what was pruned."""

    data: LedgerPruned


def hold_with_anchor(reader: LedgerReader, anchor: Path) -> Anchored:
    """Hold one state of the ledger and the anchor that belongs to it, also while it is written."""
    before = read_anchor(anchor)
    for _ in range(SNAPSHOT_TRIES):
        reader.hold()
        after = read_anchor(anchor)
        if after == before:
            break
        reader.let_go()
        before = after
    else:
        raise LedgerDamaged(
            f"{anchor}: the ledger never stood still in {SNAPSHOT_TRIES} looks",
            "Try again when the pumps are quiet",
        )
    return before


class LedgerCheck:
    """One pass over a whole ledger; the counts say how far it got.

    Every entry is read and hashed once, so the time grows with the ledger.
    """

    def __init__(
        self,
        reader: LedgerReader,
        anchored: Anchored,
        verify: Verify,
        *,
        all_signatures: bool,
    ) -> None:
        """`verify` raises SealInvalid. Of the seals of entries it is asked for the newest only,
        unless `all_signatures`."""
        self._reader = reader
        self._anchored = anchored
        self._verify = verify
        self._all_signatures = all_signatures
        self._newest_pruned: LedgerPruned | None = None
        self.entries = 0
        self.seals = 0
        self.sealed_through = 0

    def problems(self) -> Iterator[Problem]:
        """What is wrong, in the order of the ledger; LedgerDamaged where it cannot be read."""
        try:
            yield from self._structure()
            meta = self._reader.meta()
            yield from self._chain(meta)
            yield from checkpoint_problems(
                self._reader.connection, meta, self._newest_pruned, self._verify
            )
            yield from self._seals()
            yield from self._anchor(meta)
            yield from self._state(meta)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise LedgerDamaged(f"cannot read the ledger: {error}") from error

    def _structure(self) -> Iterator[Problem]:
        for (text,) in self._reader.connection.execute("PRAGMA quick_check(1)"):
            if text != "ok":
                yield Problem("database", "a sound structure", text)

    def _chain(self, meta: Meta) -> Iterator[Problem]:
        decode = msgspec.json.Decoder(_Link).decode
        pruned, prevhash = self._reader.pruned()
        wanted = pruned + 1
        rows = self._reader.connection.execute(
            "SELECT sequence, hash, CAST(body AS BLOB) FROM entries ORDER BY sequence"
        )
        for sequence, stored, body in rows:
            self.entries += 1
            if sequence != wanted:
                yield Problem(f"entry {wanted}", "this entry", f"entry {sequence} in its place")
            where = f"entry {sequence}"
            digest = hashlib.sha256(body).hexdigest()
            if digest != stored:
                yield Problem(where, f"content with the hash {stored}", f"the hash {digest}")
            try:
                link = decode(body)
                if link.type == TYPE_OF[LedgerPruned]:
                    self._newest_pruned = msgspec.json.decode(body, type=_Pruned).data
            except ValueError as error:  # also for bytes that are no text
                yield Problem(where, "an entry in JSON", str(error))
            else:
                named = (link.sequence, link.id, link.source)
                name = (sequence, f"{meta.incarnation}/{sequence}", f"takar/{meta.gateway}")
                if named != name:
                    yield Problem(where, f"sequence, id and source {name}", str(named))
                if link.prevhash != prevhash:
                    yield Problem(where, f"prevhash {prevhash}, of the entry before", link.prevhash)
            wanted, prevhash = sequence + 1, stored

    def _seals(self) -> Iterator[Problem]:
        rows = self._reader.connection.execute(
            "SELECT s.sequence, CAST(s.seal AS BLOB), e.hash, s.sequence = (SELECT max(sequence) "
            "FROM seals) FROM seals s LEFT JOIN entries e USING (sequence) ORDER BY s.sequence"
        )
        for sequence, text, head, newest in rows:
            self.seals += 1
            where = f"seal at entry {sequence}"
            try:
                seal = msgspec.json.decode(text, type=Seal)
                if newest or self._all_signatures:
                    self._verify(seal, "ledger")
            except (ValueError, SealInvalid) as error:
                yield Problem(where, "a valid seal of this gateway", str(error))
                continue
            if (seal.sequence, seal.head) != (sequence, head):
                yield Problem(
                    where,
                    f"entry {seal.sequence} with the hash {seal.head}, as was sealed",
                    f"entry {sequence} with {head}" if head else "no such entry",
                )
            else:
                self.sealed_through = sequence

    def _anchor(self, meta: Meta) -> Iterator[Problem]:
        anchored, last = self._anchored, self._reader.last()
        whose = (anchored.gateway, anchored.incarnation)
        if whose != (meta.gateway, meta.incarnation):
            yield Problem("anchor", f"that of {meta.gateway} {meta.incarnation}", " ".join(whose))
        elif meta.commit_no < anchored.commit_no or last.sequence < anchored.sequence:
            yield Problem(
                "database, which is shorter than its anchor",
                f"entry {anchored.sequence} and commit {anchored.commit_no}",
                f"entry {last.sequence} and commit {meta.commit_no} at its end",
            )
        elif meta.commit_no > anchored.commit_no + 1:
            yield Problem(
                "anchor, which is older than its database",
                f"commit {meta.commit_no}, or {meta.commit_no - 1} after a crash",
                f"commit {anchored.commit_no}",
            )
        elif self._reader.hash_at(anchored.sequence) != anchored.head or (
            meta.commit_no == anchored.commit_no and last.sequence != anchored.sequence
        ):
            yield Problem(
                "database, which is another than its anchor's",
                f"to end at entry {anchored.sequence} with the hash {anchored.head}",
                f"entry {last.sequence}, and {self._reader.hash_at(anchored.sequence)} at "
                f"{anchored.sequence}",
            )

    def _state(self, meta: Meta) -> Iterator[Problem]:
        rows = self._reader.connection.execute("SELECT CAST(state AS BLOB) FROM meta")
        (stored,) = rows.fetchone()
        found = state_hash(meta, dict(self._reader.session_bodies()))
        if stored != found.encode():
            expected = stored.decode(errors="replace")
            yield Problem("counters and open sessions", f"content with the hash {expected}", found)


def check_own(path: Path, anchored: Anchored, private: Ed25519PrivateKey, gateway: str) -> OwnSeals:
    """Check the gateway's own ledger before it writes on; LedgerDamaged names what is wrong."""
    with LedgerReader(path) as reader:
        meta = reader.meta()
        if meta.gateway != gateway:
            raise LedgerDamaged(f"{path}: is the ledger of {meta.gateway}, expected {gateway}")
        seals = OwnSeals(private, gateway, meta.incarnation, meta.epoch, _rotations(reader))
        check = LedgerCheck(reader, anchored, seals.verify, all_signatures=False)
        for problem in check.problems():
            raise LedgerDamaged(f"{path}: {problem}")
    return seals


def _rotations(reader: LedgerReader) -> list[Rotation]:
    """None of a ledger that is damaged: the check then says what is wrong with it."""
    try:
        return reader.rotations()
    except LedgerDamaged:
        return []
