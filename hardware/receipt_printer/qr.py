"""A QR code as a drawing, for pages; a printer gets it from its own library."""

import segno

QUIET = 4
"""Modules of white around it (ISO/IEC 18004)."""


def qr_path(text: str) -> tuple[int, str]:
    """Modules along one side, white border included, and an SVG path of the dark ones."""
    code = segno.make_qr(text, error="m", boost_error=False)
    rows = [list(row) for row in code.matrix_iter(border=QUIET)]
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, here in enumerate(row) if here)
    return len(rows), "".join(dark)
