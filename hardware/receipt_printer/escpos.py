"""A printer that speaks ESC/POS, behind python-escpos, opened for each slip and closed behind it.

It blocks for as long as the printer does: whoever calls it is a process that can be ended.
"""

from contextlib import suppress

from hardware.ports import HardwareError, NothingPrinted
from hardware.receipt_printer.library import Library, open_printer, patient
from hardware.receipt_printer.slip import Line, Slip, laid_out
from hardware.wiring import PrinterPort

QR_DOTS = 6
"""Of a module: a code of 27 of them is 20 mm wide, on paper of 58 mm."""
QR_LEVEL_M = 1
"""15 % of it may be unreadable."""
FEED_LINES = 4
"""Until the last line is beyond the edge where it is torn off."""
NO_PAPER = 0


class EscposPrinter:
    """Fits hardware.ports.ReceiptPrinter."""

    def __init__(self, port: PrinterPort) -> None:
        self._port = port

    def print(self, slip: Slip) -> None:
        try:
            printer = open_printer(self._port)
        except OSError as error:
            raise NothingPrinted(
                f"no printer answers ({error}); is it on and plugged in, and is [receipt_printer] "
                "as it is wired?"
            ) from error
        try:
            if self._port.asks_paper and _is_out_of_paper(printer, self._port):
                raise NothingPrinted("the printer has no paper, or its lid is open")
            write(printer, slip, columns=self._port.columns, cuts=self._port.cuts)
        except OSError as error:
            raise HardwareError(f"the printer stopped on the way ({error})") from error
        finally:
            printer.close()


def write(printer: Library, slip: Slip, *, columns: int, cuts: bool) -> None:
    """A slip, to a printer that is open."""
    printer.hw("INIT")
    _lines(printer, slip.lines, columns)
    printer.set(align="center")
    printer.qr(slip.qr, ec=QR_LEVEL_M, size=QR_DOTS)
    printer.set(align="left")
    _lines(printer, slip.foot, columns)
    if cuts:
        printer.cut(mode="PART")
    else:
        printer.ln(FEED_LINES)


def _lines(printer: Library, lines: list[Line], columns: int) -> None:
    strong = False
    for line in laid_out(lines, columns):
        if line.strong != strong:
            strong = line.strong
            size = {"double_height": True} if strong else {"normal_textsize": True}
            printer.set(bold=strong, **size)
        printer.text(line.text + "\n")
    if strong:
        printer.set(bold=False, normal_textsize=True)


def _is_out_of_paper(printer: Library, port: PrinterPort) -> bool:
    """One that does not say has some."""
    if port.connection == "file":
        return False
    with suppress(OSError), patient(printer, port):
        return printer.paper_status() == NO_PAPER
    return False
