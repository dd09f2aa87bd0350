"""Put what is drawn from tables of the code into README.md, each between its two markers.

Usage: python scripts/diagram.py [--check]
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from pico_table import markdown as pico_pins  # noqa: E402

from gateway.core.diagram import mermaid  # noqa: E402
from gateway.core.fault_table import markdown  # noqa: E402

README = ROOT / "README.md"


def drawn(text: str, name: str, drawing: str) -> str:
    """The text with the drawing between its markers. ValueError if a marker is not there once."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    for marker in (begin, end):
        if text.count(marker) != 1:
            raise ValueError(f"expected {marker} once, found it {text.count(marker)}×")
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return f"{before}{begin}\n{drawing}\n{end}{after}"


def main(arguments: list[str]) -> int:
    text = README.read_text()
    new = drawn(text, "diagram", f"```mermaid\n{mermaid()}\n```")
    new = drawn(new, "faults", f"\n{markdown()}\n")
    new = drawn(new, "pico", f"\n{pico_pins()}\n")
    if arguments == ["--check"]:
        if new != text:
            sys.stderr.write("README.md: not as the code's tables; run scripts/diagram.py\n")
        return int(new != text)
    README.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
