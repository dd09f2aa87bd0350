"""A disk that keeps what was synced, and of the rest whatever it likes.

Assumed of file system and drive is only what their documents promise: content is durable
after fsync or fdatasync of the file, a name after fsync of its folder, and a rename is whole
or not at all. Writes and names may reach the disk in any order, sector by sector, and a block
that was being written may be lost as a whole, with what was durable in it.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

SECTOR_BYTES = 512
BLOCK_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Write:
    offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    size: int


@dataclass(frozen=True, slots=True)
class Garbage:
    """In place of what was there; a file does not grow by it."""

    offset: int
    content: bytes


Change = Write | Truncate | Garbage


@dataclass(eq=False)
class File:
    """What is durable of one file, and what is not yet."""

    durable: bytes = b""
    pending: list[Change] = field(default_factory=list)

    def sync(self) -> None:
        self.durable = written(self.durable, self.pending)
        self.pending = []

    @property
    def now(self) -> bytes:
        """As a program sees it while the power is on."""
        return written(self.durable, self.pending)

    def copy(self) -> "File":
        return File(self.durable, list(self.pending))


Renaming = dict[str, File | None]
"""One change of names in the folder: to which file each now belongs, None for no more."""


class Disk:
    """One folder of files."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.durable_names: dict[str, File] = {
            name: File(content) for name, content in files.items()
        }
        self.pending_names: list[Renaming] = []

    @property
    def names(self) -> dict[str, File]:
        return renamed(self.durable_names, self.pending_names)

    def sync_names(self) -> None:
        self.durable_names = self.names
        self.pending_names = []

    def copy(self) -> "Disk":
        """As it is now, for later: the original goes on changing."""
        copied: dict[int, File] = {}

        def twin(file: File) -> File:
            return copied.setdefault(id(file), file.copy())

        disk = Disk({})
        disk.durable_names = {name: twin(file) for name, file in self.durable_names.items()}
        disk.pending_names = [
            {name: None if file is None else twin(file) for name, file in change.items()}
            for change in self.pending_names
        ]
        return disk


def written(content: bytes, changes: Iterable[Change]) -> bytes:
    """A file's content after changes; what was never written between them reads as zeros."""
    data = bytearray(content)
    for change in changes:
        match change:
            case Write(offset, more):
                data.extend(bytes(max(0, offset - len(data))))
                data[offset : offset + len(more)] = more
            case Garbage(offset, noise):
                size = len(data)
                data[offset : offset + len(noise)] = noise
                del data[size:]
            case Truncate(size):
                del data[size:]
                data.extend(bytes(size - len(data)))
    return bytes(data)


def renamed(names: dict[str, File], changes: Iterable[Renaming]) -> dict[str, File]:
    after = dict(names)
    for change in changes:
        for name, file in change.items():
            if file is None:
                after.pop(name, None)
            else:
                after[name] = file
    return after


def torn(write: Write, chance: random.Random, *, garbage: bool) -> list[Change]:
    """Part of a write: its first sectors, its last, or any; perhaps with a block of garbage."""
    first = write.offset // SECTOR_BYTES * SECTOR_BYTES
    end = write.offset + len(write.content)
    bounds = [max(at, write.offset) for at in range(first, end, SECTOR_BYTES)]
    pieces: list[Change] = [
        Write(at, write.content[at - write.offset : stop - write.offset])
        for at, stop in zip(bounds, [*bounds[1:], end], strict=True)
    ]
    cut = chance.randrange(len(pieces) + 1)
    ways: Sequence[list[Change]] = (
        pieces[:cut],
        pieces[cut:],
        [piece for piece in pieces if chance.random() < 0.5],
    )
    kept = chance.choice(ways)
    if garbage:
        hit = chance.randrange(write.offset, end) // BLOCK_BYTES * BLOCK_BYTES
        kept = [*kept, Garbage(hit, chance.randbytes(BLOCK_BYTES))]
    return kept
