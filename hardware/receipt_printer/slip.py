"""What is on a narrow strip of paper, and how it is laid out in columns."""

import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct

MOST_CHARACTERS = 240
"""Of one text; the rest of a longer one is left out."""
_SAID_AS = str.maketrans({"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "·": "-"})


class Text(Struct, frozen=True, tag="text"):
    """In the middle, on as many lines as it needs."""

    text: str
    strong: bool = False


class Pair(Struct, frozen=True, tag="pair"):
    """A name at the left edge, its value at the right."""

    name: str
    value: str
    strong: bool = False


class Rule(Struct, frozen=True, tag="rule"):
    """A line across."""


Line = Text | Pair | Rule


class Slip(Struct, frozen=True, kw_only=True):
    lines: list[Line]
    qr: str
    """Under them."""
    foot: list[Line]


class Laid(NamedTuple):
    """One line of at most so many characters, all of them printable ASCII."""

    text: str
    strong: bool = False


def laid_out(lines: Iterable[Line], columns: int) -> list[Laid]:
    return [laid for line in lines for laid in _laid(line, columns)]


def plain(text: str) -> str:
    """What any printer has letters for, and takes for nothing but letters: printable ASCII.

    Accents are left off; what else there is, control characters among it, becomes a question
    mark or, where it is white, a space.
    """
    spaced = " ".join(text[:MOST_CHARACTERS].split())
    apart = unicodedata.normalize("NFKD", spaced.translate(_SAID_AS))
    letters = (one for one in apart if not unicodedata.combining(one))
    return "".join(one if " " <= one <= "~" else "?" for one in letters)


def _laid(line: Line, columns: int) -> Iterator[Laid]:
    if isinstance(line, Rule):
        yield Laid("-" * columns)
    elif isinstance(line, Text):
        for part in _wrapped(line.text, columns):
            yield Laid(part.center(columns).rstrip(), line.strong)
    else:
        yield from _pair(line, columns)


def _pair(pair: Pair, columns: int) -> Iterator[Laid]:
    name, value = plain(pair.name), plain(pair.value)
    gap = columns - len(name) - len(value)
    if gap >= 1:
        yield Laid(f"{name}{' ' * gap}{value}", pair.strong)
        return
    for part in _wrapped(name, columns):
        yield Laid(part, pair.strong)
    for part in _wrapped(value, columns):
        yield Laid(part.rjust(columns), pair.strong)


def _wrapped(text: str, columns: int) -> list[str]:
    return textwrap.wrap(plain(text), columns)
