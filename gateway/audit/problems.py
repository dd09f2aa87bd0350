"""What an audit finds: each problem with its place, and what it is in words of a catalogue."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal, NamedTuple, Protocol

from gateway.audit import reasons
from gateway.words import catalogue
from gateway.words.visible import visible

MOST_KEPT = 200
MOST_TEXT = 2000
BOOK = "findings"
"""The catalogue of gateway/words."""

Kind = Literal[
    "file", "line", "sequence", "chain", "owner", "seal", "fork", "fact", "sale", "grant",
    "meter", "order", "shift",
]  # fmt: skip
"""What is broken: the file as such, a line of it, the two properties of a chain, whose entries
they are, a signature, one history, the fields of a fact, money and volume, a grant, the meter of
a pump, the order of things, such as a sale after its grant was closed, or a shift's sums."""


class Place(NamedTuple):
    """Where a line was read. `sequence` is None where it has none."""

    file: str
    line: int
    sequence: int | None = None

    def said(self, language: str) -> str:
        code = "place" if self.sequence is None else "place_of_entry"
        return catalogue(language, BOOK)[code].format(**self._asdict())


class Problem(NamedTuple):
    """One thing that is wrong."""

    kind: Kind
    place: Place
    code: str
    """Of the sentence that says what was expected and what is there."""
    values: Mapping[str, str]
    """What fills the sentence's fields."""

    def said(self, language: str) -> str:
        """One line."""
        words = catalogue(language, BOOK)
        values = dict(self.values)
        if "why" in values:
            values["why"] = _short(reasons.said(values["why"], language))
        what = words[self.code].format(**values)
        return f"{self.place.said(language)}: {words[f'kind_{self.kind}']}: {what}"

    def __str__(self) -> str:
        return self.said("en")


class Wrong(Protocol):
    """Takes the code of what is wrong and the values of its sentence."""

    def __call__(self, code: str, /, **values: object) -> None: ...


@dataclass(slots=True)
class Findings:
    """All problems counted, the first 200 kept."""

    kept: list[Problem] = field(default_factory=list)
    counts: Counter[Kind] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def add(self, kind: Kind, place: Place, code: str, /, **values: object) -> None:
        """`code` is one of the catalogue `findings`, `values` its fields."""
        self.counts[kind] += 1
        if len(self.kept) < MOST_KEPT:
            whole = {name: _plain(value) for name, value in values.items()}
            short = {
                name: value if name == "why" else _short(value) for name, value in whole.items()
            }
            self.kept.append(Problem(kind, place, code, short))

    def take(self, others: "Findings") -> None:
        """Add what was found elsewhere; a problem that is here already is the same one."""
        known = set(map(str, self.kept))
        again = Counter(one.kind for one in others.kept if str(one) in known)
        self.counts.update(others.counts - again)
        new = (one for one in others.kept if str(one) not in known)
        self.kept += islice(new, MOST_KEPT - len(self.kept))


def _plain(value: object) -> str:
    """Whatever a file says, a problem stays one line, and takes no more memory than a page."""
    return visible(str(value)[:MOST_TEXT])


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"
