"""The ledger's anchor: where its head was, kept outside the database.

A hash chain cannot see that its tail is missing, and one flipped bit in SQLite's write-ahead
log removes a tail without any error. So after each commit the head is written here too.

The file is two slots of 512 bytes, written in turn, in blocks of 4 KiB of their own: a write
that is torn costs at most the newest, also where the drive loses the block around it. A slot
is a line of JSON, padded with spaces, then its CRC-32 in hex and a newline: `cat` shows it.
"""

import fcntl
import os
import zlib
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway.core.fields import Count, Hash, Incarnation, Name, Sequence
from gateway.store.durable import create_file
from gateway.store.errors import LedgerDamaged, LedgerInUse

SLOT_BYTES = 512
APART_BYTES = 4096
"""From one slot to the next: what drives and SQLite call a sector, at most."""
_CRC_BYTES = 9
_BODY_BYTES = SLOT_BYTES - _CRC_BYTES


class Anchored(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the ledger was after a commit."""

    gateway: Name
    incarnation: Incarnation
    generation: Sequence
    """Rises by one with each write; the newest valid slot counts."""
    commit_no: Count
    sequence: Count
    head: Hash


def anchor_path(ledger: Path) -> Path:
    """`ledger.anchor` beside `ledger.sqlite3`."""
    return ledger.with_suffix(".anchor")


def read_anchor(path: Path) -> Anchored:
    """The newest valid slot; LedgerDamaged if there is none. Changes nothing."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise LedgerDamaged(f"{path}: the anchor is missing") from None
    except OSError as error:
        raise LedgerDamaged(f"{path}: cannot read the anchor: {error.strerror}") from error
    slots = (content[:SLOT_BYTES], content[APART_BYTES : APART_BYTES + SLOT_BYTES])
    valid = [slot for slot in map(_decode, slots) if slot is not None]
    if not valid:
        raise LedgerDamaged(f"{path}: neither slot of the anchor is valid")
    return max(valid, key=lambda slot: slot.generation)


def anchor_bytes(only: Anchored) -> bytes:
    """An anchor's file with one valid slot."""
    slots = [b"", b""]
    slots[only.generation % 2] = _encode(only)
    return b"".join(slot.ljust(APART_BYTES) for slot in slots)


class Anchor:
    """The anchor as its one writer holds it: locked against a second gateway process."""

    def __init__(self, path: Path) -> None:
        """Lock and read an anchor. LedgerDamaged, or LedgerInUse while another holds it."""
        self.path = path
        self.newest = read_anchor(path)
        self._file = path.open("r+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.newest = read_anchor(path)
            # What a killed process wrote may be in memory only; the next write spares this slot.
            os.fdatasync(self._file)
        except BlockingIOError:
            self._file.close()
            raise LedgerInUse(
                f"{path}: another process writes this ledger; stop that gateway first"
            ) from None
        except BaseException:
            self._file.close()
            raise

    @classmethod
    def create(cls, path: Path, gateway: str, incarnation: str, head: str) -> "Anchor":
        """Make the anchor of a ledger without entries; FileExistsError if there is one."""
        first = Anchored(
            gateway=gateway,
            incarnation=incarnation,
            generation=1,
            commit_no=0,
            sequence=0,
            head=head,
        )
        create_file(path, anchor_bytes(first))
        return cls(path)

    def write(self, commit_no: int, sequence: int, head: str) -> None:
        """Make the head durable in the older slot; OSError leaves the newer one as it was."""
        slot = msgspec.structs.replace(
            self.newest,
            generation=self.newest.generation + 1,
            commit_no=commit_no,
            sequence=sequence,
            head=head,
        )
        offset = slot.generation % 2 * APART_BYTES
        if os.pwrite(self._file.fileno(), _encode(slot), offset) != SLOT_BYTES:
            raise OSError(f"{self.path}: only a part of the slot was written")
        os.fdatasync(self._file)
        self.newest = slot

    def close(self) -> None:
        """Give up the lock."""
        self._file.close()


def _encode(slot: Anchored) -> bytes:
    body = msgspec.json.encode(slot).ljust(_BODY_BYTES)
    return body + _crc(body)


def _decode(slot: bytes) -> Anchored | None:
    body = slot[:_BODY_BYTES]
    if len(slot) != SLOT_BYTES or slot[_BODY_BYTES:] != _crc(body):
        return None
    try:
        return msgspec.json.decode(body, type=Anchored)
    except msgspec.DecodeError:
        return None


def _crc(body: bytes) -> bytes:
    return b"%08x\n" % zlib.crc32(body)
