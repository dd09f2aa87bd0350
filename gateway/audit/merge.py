"""Several files of one ledger read as one history."""

from collections.abc import Iterator, Sequence

from gateway.audit.links import Link
from gateway.audit.part import Part, VerifySeal
from gateway.audit.problems import Findings, Place
from gateway.core.units import MAX_SAFE_INTEGER


class Forked(Exception):
    """Two files differ: they are of two histories, see `gateway.audit.forks`."""


def merged(
    parts: Sequence[Part], findings: Findings, verify: VerifySeal, *, apart: bool = False
) -> Iterator[Link]:
    """Each sequence once, in order; Forked where files differ.

    `apart`: other histories have been set apart; a file that still differs repeats a number,
    which is reported of it.

    Holds one entry of each file that is open there. An entry out of order in its file has been
    reported by that; here it is passed over.
    """
    waiting = sorted(parts, key=lambda part: part.header.from_sequence)
    heads: list[tuple[Link, Iterator[Link]]] = []
    last: Link | None = None
    while heads or waiting:
        at = min((link.entry.sequence for link, _ in heads), default=None)
        if waiting and (at is None or waiting[0].header.from_sequence <= at):
            part = waiting.pop(0)
            _joins(part, last, findings, apart=apart)
            _advance(heads, part.links(verify))
            continue
        if len(heads) == 1:
            # As nearly always: no other file goes this far, so there is nothing to compare.
            link, source = heads.pop()
            until = waiting[0].header.from_sequence if waiting else MAX_SAFE_INTEGER + 1
            following: Link | None = link
            while following is not None and following.entry.sequence < until:
                link, following = following, next(source, None)
                if last is None or link.entry.sequence > last.entry.sequence:
                    yield link
                    last = link
            if following is not None:
                heads.append((following, source))
            continue
        group = [head for head in heads if head[0].entry.sequence == at]
        heads = [head for head in heads if head[0].entry.sequence != at]
        link = group[0][0]
        for other, _ in group[1:]:
            if link.hash != other.hash and not apart:
                raise Forked
        for _, source in group:
            _advance(heads, source)
        if last is None or link.entry.sequence > last.entry.sequence:
            yield link
            last = link


def _advance(heads: list[tuple[Link, Iterator[Link]]], source: Iterator[Link]) -> None:
    link = next(source, None)
    if link is not None:
        heads.append((link, source))


def _joins(part: Part, last: Link | None, findings: Findings, *, apart: bool) -> None:
    """A file that begins behind another one must go on where that ended."""
    header = part.header
    if last is None:
        return
    place, ended = Place(str(part.path), 1, header.from_sequence), last.entry.sequence
    file = last.place.file
    if header.from_sequence > ended + 1:
        first, through = ended + 1, header.from_sequence - 1
        findings.add("sequence", place, "files_missing", first=first, last=through, file=file)
    elif header.from_sequence == ended + 1 and header.prevhash != last.hash and not apart:
        raise Forked
