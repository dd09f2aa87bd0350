"""The page as PDF: one sheet of A4, however much there is to say."""

from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepInFrame, Paragraph, Spacer
from reportlab.platypus import Table as Grid

from gateway.audit.figures import Table
from gateway.audit.page import Page

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
SIGNATURE_HEIGHT = 34 * mm
INK, QUIET, LINE = HexColor("#1b1f24"), HexColor("#5b6470"), HexColor("#c4cad1")
GOOD, BAD = HexColor("#1d6b3a"), HexColor("#a32020")

_BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=8.5, leading=11, textColor=INK)
_RIGHT = ParagraphStyle("right", _BODY, alignment=TA_RIGHT)
_HEAD = ParagraphStyle("head", _BODY, fontSize=7.5, leading=10, textColor=QUIET)
_HEAD_RIGHT = ParagraphStyle("head right", _HEAD, alignment=TA_RIGHT)
_SECTION = ParagraphStyle("section", _BODY, fontName="Helvetica-Bold", fontSize=9.5, leading=12)
_TITLE = ParagraphStyle("title", _SECTION, fontSize=17, leading=21)
_FIXED = ParagraphStyle("fixed", _BODY, fontName="Courier", fontSize=7.5, leading=10)
_POINT = ParagraphStyle("point", _BODY, leftIndent=8, bulletIndent=0, fontSize=8, leading=10)


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
    outcome = ParagraphStyle("outcome", _SECTION, fontSize=12, leading=16, textColor=colour)
    flow: list[Flowable] = [
        _text(page.title, _TITLE),
        Spacer(0, 2 * mm),
        Grid(
            [[_text(page.outcome, outcome)]],
            colWidths=["100%"],
            hAlign="LEFT",
            style=[
                ("BOX", (0, 0), (-1, -1), 1, colour),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
            ],
        ),
        Spacer(0, 2 * mm),
        _text(page.checked, _BODY),
        _text(": ".join(page.period), _BODY),
    ]
    flow += _figures(page.ledgers, [30, 38, 45, 25, 36])
    flow += _named(page.heads, 45, _FIXED)
    flow += _figures(page.sold, [60, 30, 40, 44])
    flow += _named(page.events, 62, _BODY)
    for title, texts in (page.keys, page.problems, page.limits):
        if texts:
            flow += [Spacer(0, 3 * mm), _text(title, _SECTION)]
            flow += [Paragraph(escape(text), _POINT, bulletText="–") for text in texts]
    return flow


def _figures(table: Table, widths_mm: list[int]) -> list[Flowable]:
    """Names to the left, figures to the right, a line under the head and above the sum."""
    left = 2 if len(table.head) > 4 else 1
    cells = [
        [
            _text(
                cell,
                (_HEAD_RIGHT if head else _RIGHT) if number >= left else (_HEAD if head else _BODY),
            )
            for number, cell in enumerate(row)
        ]
        for head, row in [(True, table.head), *((False, row) for row in table.rows)]
    ]
    style = [("LINEBELOW", (0, 0), (-1, 0), 0.6, LINE), *_TIGHT]
    if table.summed:
        style.append(("LINEABOVE", (0, -1), (-1, -1), 0.6, LINE))
    grid = Grid(cells, colWidths=_shares(*widths_mm), style=style, hAlign="LEFT")
    return [Spacer(0, 3 * mm), _text(table.title, _SECTION), grid]


def _named(table: Table, first_mm: int, style: ParagraphStyle) -> list[Flowable]:
    """Two columns: what, and how much of it."""
    rows = [(_text(name, _BODY), _text(value, style)) for name, value in table.rows]
    if table.head:
        rows.insert(0, (_text(table.head[0], _HEAD), _text(table.head[1], _HEAD)))
    if not rows:
        return []
    lines = [("LINEBELOW", (0, 0), (-1, -1), 0.25, LINE), *_TIGHT]
    grid = Grid(
        rows, colWidths=_shares(first_mm, WIDTH / mm - first_mm), style=lines, hAlign="LEFT"
    )
    heading = [_text(table.title, _SECTION)] if table.title else []
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


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _shares(*widths_mm: float) -> list[str]:
    """Of the width there is, which is more where the page is shrunk."""
    return [f"{100 * width / sum(widths_mm)}%" for width in widths_mm]


_TIGHT = [
    ("TOPPADDING", (0, 0), (-1, -1), 1.2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]
