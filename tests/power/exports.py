"""What a gateway has exported before it pruned, read back from the files that a power cut left."""

import gzip
from pathlib import Path

import msgspec

from gateway.core.chain import GENESIS
from gateway.core.log import Entry

PATTERN = "*-*.jsonl.gz"


class _Line(msgspec.Struct):
    entry: Entry | None = None


def exported(folder: Path, through: int) -> list[Entry]:
    """The entries up to there, which the ledger no longer has; ValueError if one is missing."""
    entries: list[Entry] = []
    for file in sorted(folder.glob(PATTERN)):
        if len(entries) < through:
            with gzip.open(file, "rb") as lines:
                read = [msgspec.json.decode(line, type=_Line).entry for line in lines]
            entries += [entry for entry in read if entry is not None]
    head = GENESIS
    for number, entry in enumerate(entries[:through], start=1):
        if (entry.sequence, entry.prevhash) != (number, head):
            raise ValueError(f"export: entry {entry.sequence} in the place of {number}")
        head = entry.hash
    if len(entries) < through:
        raise ValueError(f"export: {through} entries were pruned, {len(entries)} are in files")
    return entries[:through]
