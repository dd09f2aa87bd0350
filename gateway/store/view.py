"""What can be read from a ledger through one connection, its writer's or a reader's."""

import hashlib
import sqlite3
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from gateway.core.chain import GENESIS
from gateway.core.checkpoint import Checkpoint
from gateway.core.facts import TYPE_OF, KeyRotated
from gateway.core.fields import Count, Incarnation, Name
from gateway.core.log import Entry, Written
from gateway.core.newest import Rotation, rotation_in
from gateway.core.open_draw import OpenFill
from gateway.core.units import MAX_SAFE_INTEGER
from gateway.store.errors import LedgerDamaged
from gateway.store.schema import VERSION
from mqtt.export import SealedCheckpoint
from mqtt.seal import Seal

T = TypeVar("T")
_UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)


class Head(NamedTuple):
    """The newest entry; sequence 0 and 64 zeros while there is none."""

    sequence: int
    hash: str


class Meta(Struct, frozen=True, kw_only=True):
    """The one row that says whose ledger this is and how far it got."""

    gateway: Name
    incarnation: Incarnation
    epoch: Count
    commit_no: Count
    acknowledged_through: Count
    boot: Count
    session_no: Count


class LedgerView:
    """Reads through one connection, in one thread at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def meta(self) -> Meta:
        """LedgerDamaged if the row is missing or of another version of Takar."""
        columns = ("schema_version", *Meta.__struct_fields__)
        row = self._row(f"SELECT {', '.join(columns)} FROM meta")  # noqa: S608
        if row is None:
            raise LedgerDamaged("the table meta is empty, expected its one row")
        version, *values = row
        if version != VERSION:
            raise LedgerDamaged(
                f"the ledger has schema version {version}, this Takar reads version {VERSION}",
                "Start the version of Takar that wrote it",
            )
        try:
            return msgspec.convert(dict(zip(columns[1:], values, strict=True)), Meta)
        except msgspec.ValidationError as error:
            raise LedgerDamaged(f"the table meta does not read as such: {error}") from error

    def last(self) -> Head:
        """The head as the database has it now."""
        row = self._row("SELECT sequence, hash FROM entries ORDER BY sequence DESC LIMIT 1")
        return Head(*row) if row else self.pruned()

    def pruned(self) -> Head:
        """The newest entry that a checkpoint stands for: the chain goes on from its hash."""
        row = self._row("SELECT through, head FROM checkpoint")
        return Head(*row) if row else Head(0, GENESIS)

    def checkpoint(self) -> Checkpoint | None:
        """What a start folds the entries onto; None while nothing has been pruned."""
        row = self._row("SELECT body FROM checkpoint")
        return _decoded(row[0], Checkpoint) if row else None

    def sealed_checkpoint(self) -> SealedCheckpoint | None:
        """The same with its seal, for whoever reads an export."""
        row = self._row("SELECT body, seal FROM checkpoint")
        if row is None:
            return None
        return SealedCheckpoint(content=_decoded(row[0], Checkpoint), seal=_decoded(row[1], Seal))

    def rotations(self) -> list[Rotation]:
        """Every change of the gateway's own key. Looks through the whole ledger."""
        checkpoint = self.checkpoint()
        before = checkpoint.newest.rotated if checkpoint is not None else ()
        found = self.entries_of(TYPE_OF[KeyRotated])
        try:
            return [*before, *map(rotation_in, found)]
        except msgspec.ValidationError as error:
            raise LedgerDamaged(f"a change of key does not read as one: {error}") from error

    def entries_of(self, kind: str, after: int = 0) -> Iterator[Entry]:
        """Those of a type beyond an entry, in order. Looks through all that is there."""
        where = f'sequence > ? AND body LIKE \'%"type":"{kind}"%\' ORDER BY sequence'
        return (entry for entry in self._entries(where, after) if entry.type == kind)

    def newest_of_subjects(
        self, kind: str, *, before: int, least: int, part: str, also: Collection[str], limit: int
    ) -> list[Entry]:
        """As `newest_first`, of those subjects whose name holds `part` (lower-case letters, digits
        and hyphens), and of `also`."""
        found = self.newest_first(kind, before=before, least=least)
        wanted = (e for e in found if part in e.data["subject"] or e.data["subject"] in also)
        return list(islice(wanted, limit))

    def newest_first(
        self, kind: str, *, before: int = MAX_SAFE_INTEGER, least: int = 0
    ) -> Iterator[Entry]:
        """Those of a type between `least` and `before`, both excluded, the newest first. Looks
        through all that is there."""
        where = "sequence < ? AND sequence > ? AND body LIKE ? ORDER BY sequence DESC"
        found = self._entries(where, before, least, f'%"type":"{kind}"%')
        return (entry for entry in found if entry.type == kind)

    def last_seal(self, after: int, through: int) -> Seal | None:
        """The last stored seal at an entry beyond `after`, up to `through`."""
        return self._seal("DESC", after, through)

    def first_seal(self, after: int, through: int) -> Seal | None:
        """The first of them."""
        return self._seal("ASC", after, through)

    def _seal(self, order: str, after: int, through: int) -> Seal | None:
        row = self._row(
            "SELECT seal FROM seals WHERE sequence > ? AND sequence <= ? "  # noqa: S608
            f"ORDER BY sequence {order} LIMIT 1",
            after,
            through,
        )
        return _decoded(row[0], Seal) if row else None

    def acknowledged_through(self) -> int:
        """Highest sequence that central has acknowledged."""
        return self.meta().acknowledged_through

    def entry_at(self, sequence: int) -> Entry | None:
        return next(self._entries("sequence = ?", sequence), None)

    def hash_at(self, sequence: int) -> str | None:
        """Hash of an entry, 64 zeros for sequence 0; None beyond the head, and of entries that
        were pruned, but for the newest of them."""
        if sequence == 0:
            return GENESIS
        pruned = self.pruned()
        if sequence == pruned.sequence:
            return pruned.hash
        row = self._row("SELECT hash FROM entries WHERE sequence = ?", sequence)
        return row[0] if row else None

    def entries_after(self, sequence: int, limit: int) -> list[Entry]:
        """At most `limit` entries in order, the first of them at `sequence + 1`; or behind a
        gap, where that one has been pruned."""
        return list(self._entries("sequence > ? ORDER BY sequence LIMIT ?", sequence, limit))

    def written_after(self, sequence: int, limit: int) -> list[Written]:
        """The same as they are written; LedgerDamaged where one is not what was hashed."""
        found = []
        where = "sequence > ? ORDER BY sequence LIMIT ?"
        for row in self._rows(
            f"SELECT sequence, hash, body FROM entries WHERE {where}",  # noqa: S608
            sequence,
            limit,
        ):
            entry = Written(*row)
            digest = hashlib.sha256(entry.body.encode()).hexdigest()
            if digest != entry.hash:
                raise LedgerDamaged(
                    f"entry {entry.sequence} has the hash {digest}, expected {entry.hash}"
                )
            found.append(entry)
        return found

    def every_entry(self) -> Iterator[Entry]:
        """All that is not pruned, in order, one entry in memory at a time."""
        return self._entries("sequence > 0 ORDER BY sequence")

    def every_checked_entry(self) -> Iterator[Entry]:
        """The same, faster, of a ledger that has been checked: bounds are not checked again."""
        for (body,) in self._rows("SELECT body FROM entries ORDER BY sequence"):
            try:
                yield Entry(**msgspec.json.decode(body))
            except (ValueError, TypeError) as error:
                raise LedgerDamaged(f"a stored Entry does not read as one: {error}") from error

    def every_seal(self) -> Iterator[Seal]:
        for (text,) in self._rows("SELECT seal FROM seals ORDER BY sequence"):
            yield _decoded(text, Seal)

    def open_sessions(self) -> list[OpenFill]:
        """Fills in progress, or after a crash those to close as estimated."""
        rows = self._rows("SELECT body FROM open_session ORDER BY pump")
        return [_open_fill(text) for (text,) in rows]

    def session_bodies(self) -> list[tuple[int, bytes]]:
        """Each pump that has an open session, and that as it is stored."""
        return list(self._rows("SELECT pump, CAST(body AS BLOB) FROM open_session"))

    def _entries(self, where: str, *values: int | str) -> Iterator[Entry]:
        for (body,) in self._rows(f"SELECT body FROM entries WHERE {where}", *values):  # noqa: S608
            yield _decoded(body, Entry)

    def _row(self, sql: str, *values: int) -> Any:
        try:
            return self.connection.execute(sql, values).fetchone()
        except _UNREADABLE as error:
            raise LedgerDamaged(f"cannot read the ledger: {error}") from error

    def _rows(self, sql: str, *values: int | str) -> Iterator[Any]:
        try:
            # `yield from` would close the cursor when it is given up, also of a closed ledger.
            for row in self.connection.execute(sql, values):  # noqa: UP028
                yield row
        except _UNREADABLE as error:
            raise LedgerDamaged(f"cannot read the ledger: {error}") from error


def _decoded(text: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=kind)
    except (ValueError, TypeError) as error:
        raise LedgerDamaged(f"a stored {kind.__name__} does not read as one: {error}") from error


def _open_fill(text: str) -> OpenFill:
    try:
        row: OpenFill = msgspec.json.decode(text, type=OpenFill)
    except (ValueError, TypeError) as error:
        raise LedgerDamaged(f"a stored open fill does not read as one: {error}") from error
    return row
