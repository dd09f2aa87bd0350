"""A shift's sheet as PDF: as many sheets of A4 as it needs, signed at the end of the last."""

from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from gateway.paper.pdf_parts import (
    BODY,
    FIXED,
    HEAD,
    INK,
    LINE,
    MARGIN,
    QUIET,
    SECTION,
    TIGHT,
    TITLE,
    WIDTH,
    cells,
    shares,
    text,
)
from gateway.paper.sheet import Sheet
from gateway.paper.tables import Table
from gateway.words import say

FEW_ROWS = 12
"""A table of so many is not divided between two pages."""
NAME_MM, SECOND_MM, FIGURE_MM = 58, 22, 28
PADDING = 6
"""Of reportlab's frames."""


def sheet_pdf(sheet: Sheet) -> bytes:
    """The same sheet is the same file."""
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN - PADDING,
        rightMargin=MARGIN - PADDING,
        topMargin=MARGIN - 2 * mm,
        bottomMargin=MARGIN,
        invariant=True,
        title=f"{sheet.title}, {sheet.gateway}",
        creator=sheet.made,
        lang=sheet.language,
    )
    document.build(_flow(sheet), canvasmaker=lambda *a, **k: _Numbered(sheet, *a, **k))
    return file.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]  # reportlab says nothing of types
    """Its foot says which page it is, of how many: known only when all are there."""

    def __init__(self, sheet: Sheet, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._sheet = sheet
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  # reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self._foot(number, len(self._pages))
            super().showPage()
        super().save()

    def _foot(self, number: int, pages: int) -> None:
        sheet = self._sheet
        self.setFont("Helvetica", 7.5)
        self.setFillColor(QUIET)
        y = MARGIN - 8 * mm
        self.drawString(MARGIN, y, f"{sheet.gateway} · {sheet.title} · {sheet.made}")
        page = say("sheet_page", sheet.language, book="paper", page=f"{number}", pages=f"{pages}")
        self.drawRightString(A4[0] - MARGIN, y, page)


def _flow(sheet: Sheet) -> list[Flowable]:
    flow: list[Flowable] = [
        text(sheet.gateway, HEAD),
        text(sheet.title, TITLE),
        Spacer(0, 2 * mm),
        _named(sheet.about, BODY),
    ]
    for table in sheet.tables:
        flow += _table(table)
    flow.append(KeepTogether([Spacer(0, 4 * mm), _named(sheet.proof, FIXED), *_signatures(sheet)]))
    return flow


def _table(table: Table) -> list[Flowable]:
    figures = len(table.head) - table.names
    style = [("LINEBELOW", (0, 0), (-1, 0), 0.6, INK), *TIGHT]
    style.append(("LINEBELOW", (0, 1), (-1, -1), 0.25, LINE))
    if table.total:
        style.append(("LINEABOVE", (0, -1), (-1, -1), 0.6, INK))
    grid = Grid(
        cells(table.head, table.rows, names=table.names, total=table.total),
        colWidths=shares(NAME_MM, *[SECOND_MM] * (table.names - 1), *[FIGURE_MM] * figures),
        style=style,
        hAlign="LEFT",
        repeatRows=1,
    )
    title: list[Flowable] = [Spacer(0, 4 * mm), text(table.title, SECTION)]
    note = [text(table.note, HEAD)] if table.note else []
    if len(table.rows) <= FEW_ROWS:
        return [KeepTogether([*title, grid, *note])]
    return [CondPageBreak(40 * mm), *title, grid, *note]


def _named(rows: list[tuple[str, str]], style: Any) -> Flowable:
    """Two columns: what, and what it is."""
    return Grid(
        [(text(name, HEAD), text(value, style)) for name, value in rows],
        colWidths=shares(NAME_MM, WIDTH / mm - NAME_MM),
        style=TIGHT,
        hAlign="LEFT",
    )


def _signatures(sheet: Sheet) -> list[Flowable]:
    """A line each, with room to sign above it."""
    gap = 10 * mm
    width = (WIDTH - gap) / 2
    first, second = ([text(word, SECTION)] for word in sheet.signatures)
    asked = text(" · ".join(sheet.signed), HEAD)
    return [
        Spacer(0, 6 * mm),
        Grid(
            [[first, "", second], [asked, "", asked]],
            colWidths=[width, gap, width],
            rowHeights=[24 * mm, None],
            style=[
                ("LINEABOVE", (0, 1), (0, 1), 0.6, INK),
                ("LINEABOVE", (2, 1), (2, 1), 0.6, INK),
                *TIGHT,
            ],
            hAlign="LEFT",
        ),
    ]
