"""One piece of work on paper, in a process of its own: told on standard input, done, ended.

What makes a PDF is large and slow, and a printer may hang: the console lives on without either.
"""

import sys
from contextlib import redirect_stdout

import msgspec

from gateway.paper.work import FAILED, NOTHING_PRINTED, MakePdf, Print, Work
from hardware.ports import HardwareError, NothingPrinted


def main() -> int:
    work: MakePdf | Print = msgspec.json.decode(sys.stdin.buffer.read(), type=Work)
    if isinstance(work, MakePdf):
        from gateway.paper.sheet_pdf import sheet_pdf

        sys.stdout.buffer.write(sheet_pdf(work.sheet))
        return 0
    from hardware.receipt_printer.escpos import EscposPrinter

    try:
        with redirect_stdout(sys.stderr):  # the library prints remarks of its own
            EscposPrinter(work.printer).print(work.slip)
    except HardwareError as error:
        sys.stderr.write(f"{error}\n")
        return NOTHING_PRINTED if isinstance(error, NothingPrinted) else FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
