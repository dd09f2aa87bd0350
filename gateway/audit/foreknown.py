"""What must be known of a ledger before its seals are judged: its changes of keys, and whom it
follows. Found by looking for their names, so that little is read twice."""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gateway.audit.lines import opened
from gateway.audit.parse import BadLine, HashedEntry, parse
from gateway.audit.problems import Place
from gateway.core.facts import TYPE_OF, GatewayRestored, KeyLearned, KeyRotated
from mqtt.export import MAX_LINE_BYTES

_WANTED: dict[str, type[KeyLearned | KeyRotated | GatewayRestored]] = {
    TYPE_OF[kind]: kind for kind in (KeyLearned, KeyRotated, GatewayRestored)
}
_MARKS = re.compile("|".join(f'"type":"{re.escape(name)}"' for name in _WANTED).encode())


@dataclass(slots=True)
class Foreknown:
    """Of one incarnation; unproven until the whole has been read."""

    rotated: dict[int, tuple[KeyRotated, Place]] = field(default_factory=dict)
    """By sequence."""
    learned: dict[int, tuple[KeyLearned, Place]] = field(default_factory=dict)
    restored: tuple[GatewayRestored, Place] | None = None
    """Only of a first entry."""


def foreknown(paths: Iterable[Path]) -> Foreknown:
    """From all files of one incarnation. What cannot be read is left to the audit to say."""
    known = Foreknown()
    for path in paths:
        for fact, place in _facts(path):
            sequence = place.sequence or 0
            if isinstance(fact, KeyRotated):
                known.rotated.setdefault(sequence, (fact, place))
            elif isinstance(fact, KeyLearned):
                known.learned.setdefault(sequence, (fact, place))
            elif sequence == 1 and known.restored is None:
                known.restored = fact, place
    known.rotated = dict(sorted(known.rotated.items()))
    return known


def _facts(path: Path) -> Iterator[tuple[KeyLearned | KeyRotated | GatewayRestored, Place]]:
    for number, content in _marked(path):
        try:
            said = parse(content)
            if isinstance(said, HashedEntry) and said.entry.type in _WANTED:
                fact = msgspec.convert(said.entry.data, _WANTED[said.entry.type])
                yield fact, Place(str(path), number, said.entry.sequence)
        except (BadLine, msgspec.ValidationError):
            continue  # the audit reads this line again, and reports it


def _marked(path: Path) -> Iterator[tuple[int, bytes]]:
    with opened(path) as file:
        number = 0
        try:
            while content := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if _MARKS.search(content):
                    yield number, content.rstrip(b"\n")
        except (EOFError, zlib.error, gzip.BadGzipFile):
            return  # damaged gzip: the audit meets the same, and reports it
