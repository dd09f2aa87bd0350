"""The ledger's one writer: what happened at the pumps, chained, sealed and durable."""

import errno
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.core.chain import GENESIS
from gateway.core.checkpoint import Checkpoint
from gateway.core.facts import Fact, KeyRotated, LedgerPruned
from gateway.core.log import Entry
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.store.anchor import Anchor, anchor_path
from gateway.store.ballast import ballast_of
from gateway.store.chaining import chain
from gateway.store.check import check_own
from gateway.store.checkpoint import replaced_by
from gateway.store.durable import create_file
from gateway.store.errors import LedgerDamaged, StoreFailed
from gateway.store.failures import write_failed
from gateway.store.opening import open_somehow
from gateway.store.own_seals import OwnSeals
from gateway.store.schema import TABLES, open_for_writing
from gateway.store.state import NewEpoch, Statement, adopting, first_state, write_state
from gateway.store.statements import change_sessions, missing_seals, put_entry, put_seal
from gateway.store.transaction import transact
from gateway.store.view import Head, LedgerView, Meta
from mqtt.certificates import public_text


class _Doubted(NamedTuple):
    """The newest commit; if it failed, only an opened ledger knows whether it is in."""

    commit_no: int
    after: int
    """Sequence of the entry before it."""


class Ledger(LedgerView):
    """One process, and in it one thread at a time, writes. Others use LedgerReader."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, anchor: Anchor, seals: OwnSeals
    ) -> None:
        super().__init__(connection)
        self.path = path
        self.seals = seals
        self.ballast = ballast_of(path)
        """Given up by a commit for which the disk has no room."""
        self._anchor = anchor
        self._meta = self.meta()
        self.head = self.last()
        self._sessions = dict(self.session_bodies())
        self.boot = self._meta.boot + 1
        """Number of this boot, durable with its first commit."""
        self._session_numbers = count(self._meta.session_no + 1)
        self._failed: StoreFailed | None = None
        self._doubted: _Doubted | None = None

    @classmethod
    def create(
        cls, path: Path, private: Ed25519PrivateKey, *, gateway: str, incarnation: str, epoch: int
    ) -> "Ledger":
        """Make an empty ledger and its anchor, only for `takar init`.

        FileExistsError if either is there: an incarnation begins once.
        """
        create_file(path, b"")
        anchor = Anchor.create(anchor_path(path), gateway, incarnation, GENESIS)
        connection = open_for_writing(path)
        connection.executescript(f"BEGIN; {TABLES} COMMIT;")
        connection.execute(*first_state(gateway, incarnation, epoch))
        return cls(path, connection, anchor, OwnSeals(private, gateway, incarnation, epoch))

    @classmethod
    def open(cls, path: Path, private: Ed25519PrivateKey, *, gateway: str) -> "Ledger":
        """Check the whole ledger against chain, newest seal and anchor, then open it.

        LedgerDamaged names the first thing wrong and leaves every file as it was; LedgerInUse
        while another process writes it. A crash between a commit and its anchor is made good.
        """
        if not path.is_file():
            raise LedgerDamaged(
                f"{path}: the ledger is missing",
                "Put it back with its anchor; `takar init` makes one for a new gateway only",
            )
        with ExitStack() as undo:
            anchor = Anchor(anchor_path(path))
            undo.callback(anchor.close)
            seals = check_own(path, anchor.newest, private, gateway)
            connection = open_somehow(path)
            undo.callback(connection.close)
            ledger = cls(path, connection, anchor, seals)
            if ledger._meta.commit_no != anchor.newest.commit_no:
                ledger._move_anchor()
            undo.pop_all()
        return ledger

    def next_session_no(self) -> int:
        """A number for a new fill; used up for good by the commit of its reservation."""
        return next(self._session_numbers)

    def commit(
        self,
        facts: Sequence[tuple[Fact, str]] = (),
        *,
        put_session: OpenSession | None = None,
        drop_session: int | None = None,
        seal: bool = False,
        adopt: NewEpoch | None = None,
    ) -> list[Entry]:
        """Append facts, each with its UTC time, and replace or drop a pump's open session.

        All of it is one transaction, durable and anchored on return. `seal` signs the new
        head. `adopt` makes an epoch of central's ours, for all later seals. ValueError if a
        fact breaks its own bounds, before anything is written. StoreFailed: memory is as
        before. Nothing was written, unless its `committed` says so; where it says `reopen`,
        `reopen` shows what is on disk.
        """
        sessions, meta = dict(self._sessions), self._meta
        if put_session is not None:
            session_no = max(meta.session_no, put_session.session_no)
            meta = msgspec.structs.replace(meta, session_no=session_no)
        if adopt is not None:
            meta = adopting(meta, adopt)
        statements = change_sessions(sessions, put_session, drop_session)
        return self._append(facts, statements, meta, sessions, seal=seal)

    def prune(self, checkpoint: Checkpoint, time: str) -> list[Entry]:
        """Let the checkpoint stand for the entries through its own; an entry says so.

        One transaction, durable and anchored on return; the pages are used again. ValueError
        if central has not acknowledged them all. StoreFailed as for `commit`.
        """
        if checkpoint.through > self._meta.acknowledged_through:
            raise ValueError(
                f"a checkpoint through entry {checkpoint.through}, but central has acknowledged "
                f"{self._meta.acknowledged_through}"
            )
        fact = LedgerPruned(through=checkpoint.through, content=checkpoint.hash)
        statements = replaced_by(checkpoint, self.seals)
        return self._append([(fact, time)], statements, self._meta, self._sessions, seal=True)

    def rotate_key(self, new: Ed25519PublicKey, by: str, time: str) -> None:
        """Say that `new` seals whatever comes after; open the ledger again with it then.

        One transaction, the last that the old key seals. It also seals what is between seals, so
        that whatever is sent again later can be proven without it.
        """
        old = self.seals.private.public_key()
        fact = KeyRotated(old=public_text(old), new=public_text(new), by=by)
        statements = list(missing_seals(self.connection, self.seals.signer))
        self._append([(fact, time)], statements, self._meta, self._sessions, seal=True)

    @property
    def selling(self) -> bool:
        """A fill is open."""
        return bool(self._sessions)

    def _append(
        self,
        facts: Sequence[tuple[Fact, str]],
        statements: list[Statement],
        meta: Meta,
        sessions: dict[int, bytes],
        *,
        seal: bool,
    ) -> list[Entry]:
        self._refuse_after_failure()
        chained = list(chain(meta, self.head, facts))
        head = Head(chained[-1].entry.sequence, chained[-1].hash) if chained else self.head
        statements += map(put_entry, chained)
        if seal:
            if not head.sequence:
                raise ValueError("an empty ledger has no entry to seal")
            statements.append(put_seal(self.seals.signer.seal("ledger", *head)))
        meta = msgspec.structs.replace(meta, commit_no=meta.commit_no + 1, boot=self.boot)
        self._doubted = _Doubted(meta.commit_no, self.head.sequence)
        self._transact([*statements, write_state(meta, sessions)])
        self._meta, self.head, self._sessions = meta, head, sessions
        self.seals.signer.epoch = meta.epoch
        self._move_anchor()
        self._doubted = None
        return [link.entry for link in chained]

    def acknowledge(self, through: int) -> None:
        """Central holds everything up to `through`. Lower than before is stale and ignored.

        Durable with the next commit: if a power cut loses it, central says it again.
        """
        self._refuse_after_failure()
        if through > self.head.sequence:
            raise ValueError(
                f"acknowledged through {through}, but the ledger ends at {self.head.sequence}"
            )
        if through <= self._meta.acknowledged_through:
            return
        meta = msgspec.structs.replace(self._meta, acknowledged_through=through)
        self.connection.execute("PRAGMA synchronous = NORMAL")
        try:
            self._transact([write_state(meta, self._sessions)])
        finally:
            self.connection.execute("PRAGMA synchronous = FULL")
        self._meta = meta

    def reopen(self) -> list[Entry] | None:
        """After a StoreFailed that says so: believe what is on disk, once it is whole.

        Returns the entries of the newest commit if it is in the ledger all the same; None if
        not: commit it again. LedgerDamaged: for good. StoreFailed: try again later.
        """
        try:
            self.connection.close()
            # What it had open may be on a file system that is there no more.
            self._anchor.close()
            self._anchor = Anchor(self._anchor.path)
            anchored = self._anchor.newest
            check_own(self.path, anchored, self.seals.private, self.seals.signer.gateway)
            self.connection = open_for_writing(self.path)
            # A failed sync may have left what is only in memory marked as written. Written anew,
            # it is durable, or missing and seen to be.
            busy, *_ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise OSError(errno.EBUSY, "somebody reads it")
        except (sqlite3.Error, OSError) as error:
            raise _again(error, self.path) from error
        except LedgerDamaged as error:
            # What the disk does not give to read now is not wrong in it.
            if isinstance(error.__cause__, sqlite3.OperationalError | OSError):
                raise _again(error.__cause__, self.path) from error
            raise
        self._meta, self.head = self.meta(), self.last()
        self.seals.signer.epoch = self._meta.epoch
        self._sessions = dict(self.session_bodies())
        self._move_anchor()
        self._failed, doubted, self._doubted = None, self._doubted, None
        if doubted is None or self._meta.commit_no < doubted.commit_no:
            return None
        return self.entries_after(doubted.after, self.head.sequence)

    def close(self) -> None:
        """Close the database and give the lock back."""
        self.connection.close()
        self._anchor.close()

    def _transact(self, statements: Sequence[Statement]) -> None:
        try:
            transact(self.connection, self.path, statements)
        except StoreFailed as failure:
            if failure.code is Reason.STORAGE_FULL and self.ballast.release():
                self._transact(statements)
                return
            if failure.reopen:
                self._failed = failure
            raise

    def _move_anchor(self) -> None:
        try:
            self._anchor.write(self._meta.commit_no, *self.head)
        except OSError as error:
            self._failed = write_failed(error, self._anchor.path, committed=True)
            raise self._failed from error

    def _refuse_after_failure(self) -> None:
        if self._failed is not None:
            raise StoreFailed(
                self._failed.code,
                f"{self.path} must be opened again, for: {self._failed.detail}",
                self._failed.remedy,
                committed=False,
                reopen=True,
            )


def _again(error: sqlite3.Error | OSError, path: Path) -> StoreFailed:
    """Opening it failed, and may be tried later."""
    failure = write_failed(error, path)
    failure.reopen = True
    return failure
