"""What an audit finds: each problem with its place, what was expected and what is there."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

MOST_KEPT = 200

Kind = Literal[
    "file", "line", "sequence", "chain", "owner", "seal", "fork", "fact", "sale", "grant",
    "meter", "order",
]  # fmt: skip
"""What is broken: the file as such, a line of it, the two properties of a chain, whose entries
they are, a signature, one history, the fields of a fact, money and volume, a grant, the meter of
a pump, or the order of things, such as a sale after its grant was closed."""


class Place(NamedTuple):
    """Where a line was read. `sequence` is None where it has none."""

    file: str
    line: int
    sequence: int | None = None

    def __str__(self) -> str:
        entry = "" if self.sequence is None else f", entry {self.sequence}"
        return f"{self.file}, line {self.line}{entry}"


class Problem(NamedTuple):
    """One thing that is wrong."""

    kind: Kind
    place: Place
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}: expected {self.expected}, found {self.found}"


@dataclass(slots=True)
class Findings:
    """All problems counted, the first 200 kept."""

    kept: list[Problem] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def add(self, kind: Kind, place: Place, expected: object, found: object) -> None:
        self.counts[kind] += 1
        if len(self.kept) < MOST_KEPT:
            self.kept.append(Problem(kind, place, _short(expected), _short(found)))


def _short(value: object) -> str:
    """Whatever a file says, a problem stays one line of bounded length."""
    text = str(value)
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= 200 else f"{text[:200]}…"
