"""What our pages of PDF are made of: colours, styles, tables."""

from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
INK, QUIET, LINE = HexColor("#1b1f24"), HexColor("#5b6470"), HexColor("#c4cad1")

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=8.5, leading=11, textColor=INK)
RIGHT = ParagraphStyle("right", BODY, alignment=TA_RIGHT)
HEAD = ParagraphStyle("head", BODY, fontSize=7.5, leading=10, textColor=QUIET)
HEAD_RIGHT = ParagraphStyle("head right", HEAD, alignment=TA_RIGHT)
SUM = ParagraphStyle("sum", BODY, fontName="Helvetica-Bold")
SUM_RIGHT = ParagraphStyle("sum right", SUM, alignment=TA_RIGHT)
SECTION = ParagraphStyle("section", BODY, fontName="Helvetica-Bold", fontSize=9.5, leading=12)
TITLE = ParagraphStyle("title", SECTION, fontSize=17, leading=21)
FIXED = ParagraphStyle("fixed", BODY, fontName="Courier", fontSize=7.5, leading=10)
TIGHT: list[tuple[Any, ...]] = [
    ("TOPPADDING", (0, 0), (-1, -1), 1.2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.2),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


def text(words: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(words), style)


def shares(*widths_mm: float) -> list[str]:
    """Of the width there is, which is more where the page is shrunk."""
    return [f"{100 * width / sum(widths_mm)}%" for width in widths_mm]


def cells(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, names: int, total: Sequence[str] = ()
) -> list[list[Paragraph]]:
    """A table's, its first `names` columns to the left and figures to the right."""
    found = [_row(head, HEAD, HEAD_RIGHT, names), *(_row(row, BODY, RIGHT, names) for row in rows)]
    return [*found, _row(total, SUM, SUM_RIGHT, names)] if total else found


def _row(
    row: Sequence[str], left: ParagraphStyle, right: ParagraphStyle, names: int
) -> list[Paragraph]:
    return [text(cell, left if nth < names else right) for nth, cell in enumerate(row)]
