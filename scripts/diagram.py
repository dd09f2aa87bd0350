"""Put the session's diagram into README.md, between its two markers.

Usage: python scripts/diagram.py [--check]
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gateway.core.diagram import mermaid  # noqa: E402

README = ROOT / "README.md"
BEGIN, END = "<!-- diagram -->", "<!-- /diagram -->"


def with_diagram(text: str, diagram: str) -> str:
    """The text with the diagram between the markers. ValueError if a marker is not there once."""
    for marker in (BEGIN, END):
        if text.count(marker) != 1:
            raise ValueError(f"README.md: expected {marker} once, found it {text.count(marker)}×")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n```mermaid\n{diagram}\n```\n{END}{after}"


def main(arguments: list[str]) -> int:
    text = README.read_text()
    drawn = with_diagram(text, mermaid())
    if arguments == ["--check"]:
        if drawn != text:
            sys.stderr.write("README.md: the diagram is not the table's; run scripts/diagram.py\n")
        return int(drawn != text)
    README.write_text(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
