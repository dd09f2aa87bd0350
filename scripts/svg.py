"""What the wiring pictures are drawn with: text, wires to named devices, a circuit in series."""

from xml.sax.saxutils import escape

ROW, WIDTH, LEFT, RIGHT = 26, 940, 120, 470


def page(rows: list[str], height: int) -> str:
    body = "\n".join(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="sans-serif" font-size="14">\n'
        '<defs><marker id="a" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#555"/></marker>'
        '<marker id="b" markerWidth="8" markerHeight="8" refX="1" refY="4" orient="auto">'
        '<path d="M8,0 L0,4 L8,8 z" fill="#555"/></marker></defs>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n{body}\n</svg>\n'
    )


def wire(y: int, pin: str, device: str, way: str) -> list[str]:
    """`way`: "out" to the device, "in" from it, "both"."""
    start = LEFT + (340 if len(pin) > 20 else 0)
    marks = {"out": 'marker-end="url(#a)"', "in": 'marker-start="url(#b)"', "both": ""}
    return [
        text(LEFT - 100, y, pin),
        f'<line x1="{start}" y1="{y - 5}" x2="{RIGHT}" y2="{y - 5}" stroke="#555" {marks[way]}/>',
        text(RIGHT + 15, y, device),
    ]


def circuit(y: int, title: str, stations: list[str], below: str) -> list[str]:
    """Boxes in series; what can break the circuit is red."""
    drawn = [text(LEFT - 100, y, title, bold=True)]
    x = LEFT - 100
    for number, name in enumerate(stations):
        width = 9 * len(name) + 16
        drawn.append(
            f'<rect x="{x}" y="{y + 20}" width="{width}" height="32" rx="4" '
            f'fill="{"#fde8e8" if "contact" in name or "stop" in name else "#eef"}" stroke="#333"/>'
        )
        drawn.append(text(x + 8, y + 41, name))
        if number < len(stations) - 1:
            drawn.append(
                f'<line x1="{x + width}" y1="{y + 36}" x2="{x + width + 22}" y2="{y + 36}" '
                'stroke="#333" stroke-width="2"/>'
            )
        x += width + 22
    drawn.append(text(LEFT - 100, y + 80, below))
    return drawn


def text(x: int, y: int, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}"{weight}>{escape(words)}</text>'
