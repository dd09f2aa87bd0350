"""The ledger's database and its anchor as their one writer holds them.

A transaction is durable in both or has failed; what is doubted is read again from the disk.
"""

import errno
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.core.facts import Fact
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.store.anchor import Anchor
from gateway.store.ballast import ballast_of
from gateway.store.chaining import chain
from gateway.store.check import check_own
from gateway.store.errors import LedgerDamaged, StoreFailed
from gateway.store.failures import write_failed
from gateway.store.own_seals import OwnSeals
from gateway.store.schema import open_for_writing
from gateway.store.state import Statement, write_state
from gateway.store.statements import put_entry, put_seal
from gateway.store.transaction import transact
from gateway.store.view import Head, LedgerView, Meta


class _Doubted(NamedTuple):
    """The newest commit; if it failed, only an opened ledger knows whether it is in."""

    commit_no: int
    after: int
    """Sequence of the entry before it."""


class AnchoredLog(LedgerView):
    """Appends entries; one process, and in it one thread at a time."""

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
        self._failed: StoreFailed | None = None
        self._doubted: _Doubted | None = None

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
