"""A QR code as a drawing, for pages; a printer gets it from its own library."""

import qrcode

QUIET = 4
"""Modules of white around it (ISO/IEC 18004)."""


def qr_path(text: str) -> tuple[int, str]:
    """Modules along one side, white border included, and an SVG path of the dark ones."""
    code = qrcode.QRCode(border=QUIET, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    rows = code.get_matrix()
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, here in enumerate(row) if here)
    return len(rows), "".join(dark)
