"""One piece of work on paper, in a process of its own: told on standard input, done, ended.

What makes a PDF is large and slow, and a printer may hang: the console lives on without either.
"""

import sys

import msgspec

from gateway.paper.work import MakePdf, Work


def main() -> int:
    work = msgspec.json.decode(sys.stdin.buffer.read(), type=Work)
    if isinstance(work, MakePdf):
        from gateway.paper.sheet_pdf import sheet_pdf

        sys.stdout.buffer.write(sheet_pdf(work.sheet))
    return 0


if __name__ == "__main__":
    sys.exit(main())
