"""The page as PDF: one sheet of A4, however much there is to say."""

from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepInFrame, Paragraph, Spacer
from reportlab.platypus import Table as Grid

from gateway.audit.figures import Table
from gateway.audit.page import Page
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

SIGNATURE_HEIGHT = 34 * mm
GOOD, BAD = HexColor("#1d6b3a"), HexColor("#a32020")
_POINT = ParagraphStyle("point", BODY, leftIndent=8, bulletIndent=0, fontSize=8, leading=10)


def write_pdf(page: Page, path: Path) -> None:
    """FileExistsError if it is there already."""
    with path.open("xb") as file:
        # Without the time of making it in the file, the same result is the same file.
        canvas = Canvas(file, pagesize=A4, invariant=True)
        canvas.setTitle(page.title)
        canvas.setSubject(page.outcome)
        canvas.setCreator(page.made)
        height = A4[1] - 2 * MARGIN - SIGNATURE_HEIGHT
        body = KeepInFrame(WIDTH, height, _body(page), mode="shrink")
        _, used = body.wrapOn(canvas, WIDTH, height)
        body.drawOn(canvas, MARGIN, A4[1] - MARGIN - used)
        _signature(canvas, page)
        canvas.showPage()
        canvas.save()


def _body(page: Page) -> list[Flowable]:
    colour = GOOD if page.clean else BAD
    outcome = ParagraphStyle("outcome", SECTION, fontSize=12, leading=16, textColor=colour)
    flow: list[Flowable] = [
        text(page.title, TITLE),
        Spacer(0, 2 * mm),
        Grid(
            [[text(page.outcome, outcome)]],
            colWidths=["100%"],
            hAlign="LEFT",
            style=[
                ("BOX", (0, 0), (-1, -1), 1, colour),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
            ],
        ),
        Spacer(0, 2 * mm),
        text(page.checked, BODY),
        text(": ".join(page.period), BODY),
    ]
    flow += _figures(page.ledgers, [30, 38, 45, 25, 36])
    flow += _named(page.heads, 45, FIXED)
    flow += _figures(page.sold, [60, 30, 40, 44])
    flow += _named(page.events, 62, BODY)
    for title, texts in (page.keys, page.problems, page.limits):
        if texts:
            flow += [Spacer(0, 3 * mm), text(title, SECTION)]
            flow += [Paragraph(escape(one), _POINT, bulletText="–") for one in texts]
    return flow


def _figures(table: Table, widths_mm: list[int]) -> list[Flowable]:
    """Names to the left, figures to the right, a line under the head and above the sum."""
    left = 2 if len(table.head) > 4 else 1
    style = [("LINEBELOW", (0, 0), (-1, 0), 0.6, LINE), *TIGHT]
    if table.summed:
        style.append(("LINEABOVE", (0, -1), (-1, -1), 0.6, LINE))
    grid = Grid(
        cells(table.head, table.rows, names=left),
        colWidths=shares(*widths_mm),
        style=style,
        hAlign="LEFT",
    )
    return [Spacer(0, 3 * mm), text(table.title, SECTION), grid]


def _named(table: Table, first_mm: int, style: ParagraphStyle) -> list[Flowable]:
    """Two columns: what, and how much of it."""
    rows = [(text(name, BODY), text(value, style)) for name, value in table.rows]
    if table.head:
        rows.insert(0, (text(table.head[0], HEAD), text(table.head[1], HEAD)))
    if not rows:
        return []
    lines = [("LINEBELOW", (0, 0), (-1, -1), 0.25, LINE), *TIGHT]
    grid = Grid(rows, colWidths=shares(first_mm, WIDTH / mm - first_mm), style=lines, hAlign="LEFT")
    heading = [text(table.title, SECTION)] if table.title else []
    return [Spacer(0, 3 * mm), *heading, grid]


def _signature(canvas: Canvas, page: Page) -> None:
    y = MARGIN + SIGNATURE_HEIGHT - 8 * mm
    canvas.setFillColor(INK)
    canvas.setFont("Helvetica-Bold", 9.5)
    canvas.drawString(MARGIN, y, page.signed)
    canvas.setStrokeColor(QUIET)
    canvas.setLineWidth(0.6)
    gap = 8 * mm
    width = (WIDTH - 2 * gap) / 3
    for number, label in enumerate(page.signature):
        x = MARGIN + number * (width + gap)
        canvas.line(x, MARGIN + 8 * mm, x + width, MARGIN + 8 * mm)
        canvas.setFont("Helvetica", 7.5)
        canvas.setFillColor(QUIET)
        canvas.drawString(x, MARGIN + 4.5 * mm, label)
    canvas.drawRightString(A4[0] - MARGIN, MARGIN - 4 * mm, page.made)
