"""The page for a terminal."""

from collections.abc import Iterator
from itertools import zip_longest
from textwrap import wrap

from gateway.audit.figures import Row, Table
from gateway.audit.page import Page

WIDTH = 100


def as_text(page: Page) -> str:
    return "\n".join(_lines(page))


def _lines(page: Page) -> Iterator[str]:
    yield from (page.title, "=" * len(page.title), "", page.outcome, "")
    yield from wrap(page.checked, WIDTH)
    yield ": ".join(page.period)
    for table in (page.ledgers, page.heads, page.sold, page.events):
        yield ""
        yield from _table(table)
    for title, texts in (page.keys, page.problems, page.limits):
        if texts:
            yield from ("", title)
            for text in texts:
                yield from wrap(text, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    yield from ("", page.signed, "")
    for label in page.signature:
        yield f"{label:<20} {'_' * 40}"
    yield from ("", page.made)


def _table(table: Table) -> Iterator[str]:
    """The first column to the left; where there is a head, figures to the right."""
    if table.title:
        yield table.title
    rows = [table.head, *table.rows] if table.head else table.rows
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    for row in rows:
        yield "  " + "  ".join(_cells(row, widths, right=len(table.head) > 2)).rstrip()


def _cells(row: Row, widths: list[int], *, right: bool) -> Iterator[str]:
    for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield f"{cell:>{width}}" if right and number > 1 else f"{cell:<{width}}"
