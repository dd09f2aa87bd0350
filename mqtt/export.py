"""An export of a gateway's ledger: JSON lines that anyone can check without us.

One format and one writer for what a gateway holds, for central's copy of it, and for what
pruning puts aside. CONTRACT.md describes it line by line; `takar audit` reads it.
"""

import gzip
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import msgspec
from msgspec import Meta, Struct, field

from gateway.core.chain import GENESIS, canonical
from gateway.core.checkpoint import Checkpoint
from gateway.core.fields import Count, Hash, Incarnation, Name, Sequence
from mqtt.seal import Seal

FORMAT: Literal["takar-export"] = "takar-export"
MAX_LINE_BYTES = 256 * 1024
"""As a message: no entry is longer than the message that carried it."""

LineName = Literal["export", "checkpoint", "entry", "seal", "end"]


class ExportHeader(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """First line, `{"export": …}`: whose ledger, and which part of it."""

    format: Literal["takar-export"] = FORMAT
    version: Literal[1] = 1
    gateway: Name
    incarnation: Incarnation
    holder: Literal["gateway", "central"]
    """Whose copy it is."""
    from_sequence: Sequence = field(name="from")
    through: Count
    """`from` - 1 where there is no entry."""
    goes_on: bool = False
    """The ledger had more entries when this was written: its last sale may be sealed behind it."""
    prevhash: Hash = GENESIS
    """Hash of the entry before `from`; 64 zeros where that is 1."""


class SealedCheckpoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Second line, `{"checkpoint": …}`, where entries before `from` have been pruned."""

    content: Checkpoint
    seal: Seal
    """Of type `checkpoint`: its `head` is the SHA-256 of the content in RFC 8785 form."""


class ExportEnd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Last line, `{"end": …}`: a file without it was cut."""

    entries: Count
    seals: Count
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    """Over every byte before this line."""


def write_export(
    file: BinaryIO,
    header: ExportHeader,
    entries: Iterable[dict[str, Any]],
    seals: Iterable[Seal],
    *,
    checkpoint: SealedCheckpoint | None = None,
) -> ExportEnd:
    """Write the header, the checkpoint that the part begins at, the entries and their seals.

    Entries are JSON values, which at least have their `sequence`. They and the seals come in
    order; each seal is put behind the entry that it is at, and what has no entry at the end.
    Nothing is held in memory, and nothing is checked.
    """
    digest = hashlib.sha256()

    def put(name: LineName, value: Any) -> None:
        line = line_of(name, value)
        digest.update(line)
        file.write(line)

    put("export", header)
    if checkpoint is not None:
        put("checkpoint", checkpoint)
    entry_count = seal_count = 0
    waiting = iter(seals)
    seal = next(waiting, None)
    for entry in entries:
        put("entry", entry)
        entry_count += 1
        while seal is not None and seal.sequence <= entry["sequence"]:
            put("seal", seal)
            seal_count += 1
            seal = next(waiting, None)
    while seal is not None:
        put("seal", seal)
        seal_count += 1
        seal = next(waiting, None)
    end = ExportEnd(entries=entry_count, seals=seal_count, sha256=digest.hexdigest())
    file.write(line_of("end", end))
    return end


def line_of(name: LineName, value: Any) -> bytes:
    """One line: an object with this one name, all of it in RFC 8785 form."""
    return b'{"%b":%b}\n' % (name.encode(), canonical(msgspec.to_builtins(value)))


@contextmanager
def new_export(path: Path) -> Iterator[BinaryIO]:
    """A file to make, compressed if its name ends in `.gz`; durable when the block ends.

    FileExistsError if it is there already. A block that fails leaves no file.
    """
    with path.open("xb") as raw:
        try:
            if path.suffix == ".gz":
                # No name and no time in it: the same ledger gives the same file.
                with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
                    yield packed  # type: ignore[misc]  # a GzipFile writes as a BinaryIO does
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        except BaseException:
            path.unlink()
            raise
