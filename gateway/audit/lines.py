"""The lines of an export, one at a time, with a bound on their length."""

import gzip
import hashlib
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from gateway.audit.problems import Findings, Place
from mqtt.export import MAX_LINE_BYTES

GZIP = b"\x1f\x8b"


class Line(NamedTuple):
    """A line without its line feed, and the digest of every byte before it."""

    number: int
    content: bytes
    sha256_before: str | None
    """Only of a line that may be the last one of an export; to make each costs time."""


def read_lines(path: Path, findings: Findings) -> Generator[Line]:
    """Each line that is whole; one too long or without its end is a problem, then no more come.

    OSError where the file cannot be read at all.
    """
    digest = hashlib.sha256()
    number = 0
    with opened(path) as file:
        while True:
            try:
                content = file.readline(MAX_LINE_BYTES + 1)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                findings.add("file", Place(str(path), number + 1), "gzip", why=error)
                return
            if not content:
                return
            number += 1
            if not content.endswith(b"\n"):
                code = "line_unended" if len(content) <= MAX_LINE_BYTES else "line_long"
                findings.add("file", Place(str(path), number), code, limit=MAX_LINE_BYTES)
                return
            before = digest.hexdigest() if content.startswith(b'{"end"') else None
            digest.update(content)
            yield Line(number, content[:-1], before)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Compressed or not is told by the content, not by the name."""
    with path.open("rb") as raw:
        if raw.peek(len(GZIP))[: len(GZIP)] == GZIP:
            with gzip.GzipFile(fileobj=raw, mode="rb") as unpacked:
                yield unpacked  # type: ignore[misc]  # a GzipFile reads as a BinaryIO does
        else:
            yield raw
