"""The ledger's one writer: what happened at the pumps, chained, sealed and durable."""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.core.chain import GENESIS
from gateway.core.checkpoint import Checkpoint
from gateway.core.facts import Fact, KeyRotated, LedgerPruned, SaleCompleted, SaleReserved
from gateway.core.lag import Lags
from gateway.core.log import Entry
from gateway.core.open_draw import OpenFill
from gateway.store.anchor import Anchor, anchor_path
from gateway.store.anchored import AnchoredLog
from gateway.store.check import check_own
from gateway.store.checkpoint import replaced_by
from gateway.store.durable import create_file
from gateway.store.errors import LedgerDamaged
from gateway.store.lags import put_lags, read_lags
from gateway.store.opening import open_somehow
from gateway.store.own_seals import OwnSeals
from gateway.store.schema import TABLES, open_for_writing
from gateway.store.state import NewEpoch, adopting, first_state, write_state
from gateway.store.statements import change_sessions, missing_seals
from mqtt.certificates import public_text


class Ledger(AnchoredLog):
    """One process, and in it one thread at a time, writes. Others use LedgerReader."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, anchor: Anchor, seals: OwnSeals
    ) -> None:
        super().__init__(path, connection, anchor, seals)
        self._session_numbers = count(self._meta.session_no + 1)

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
        put_session: OpenFill | None = None,
        drop_session: int | None = None,
        seal: bool = False,
        adopt: NewEpoch | None = None,
        lags: tuple[int, Lags] | None = None,
    ) -> list[Entry]:
        """Append facts, each with its UTC time, and replace or drop a pump's open session; keep
        what was learned of a pump's valve.

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
        meta = msgspec.structs.replace(meta, session_no=max(meta.session_no, _newest_sale(facts)))
        statements = change_sessions(sessions, put_session, drop_session)
        if lags is not None:
            statements.append(put_lags(*lags))
        return self._append(facts, statements, meta, sessions, seal=seal)

    @property
    def lags(self) -> dict[int, Lags]:
        """What was learned of each pump's valve."""
        return read_lags(self.connection)

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

    def acknowledge(self, through: int, *, epoch: int | None = None) -> None:
        """Central holds everything up to `through`. Lower than before is stale and ignored.

        So is what it said in another `epoch` than the one that holds here now: it may have lost
        those entries since. None: it said so in this one.

        Durable with the next commit: if a power cut loses it, central says it again.
        """
        self._refuse_after_failure()
        if epoch not in (None, self._meta.epoch):
            return
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


def _newest_sale(facts: Sequence[tuple[Fact, str]]) -> int:
    """Highest number of a sale among these, which is used up too; 0 without one."""
    sales = (fact.sale for fact, _ in facts if isinstance(fact, SaleCompleted | SaleReserved))
    return max((int(sale.partition("-")[2]) for sale in sales), default=0)
