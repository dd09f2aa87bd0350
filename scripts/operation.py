"""Put the tables of docs/OPERATION.md, which are made of the code, between their markers.

Usage: python scripts/operation.py [--check]
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from diagram import drawn  # noqa: E402
from log_events import table as events  # noqa: E402

from gateway.metrics.page import table as metrics  # noqa: E402

PAGE = ROOT / "docs" / "OPERATION.md"


def main(arguments: list[str]) -> int:
    text = PAGE.read_text()
    new = drawn(text, "metrics", f"\n{metrics()}\n")
    new = drawn(new, "events", f"\n{events()}\n")
    if arguments == ["--check"]:
        if new != text:
            sys.stderr.write("docs/OPERATION.md: not as the code; run scripts/operation.py\n")
        return int(new != text)
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
