"""Draw docs/wiring.svg from hardware/wiring.py: pins of both pumps, and the valve's circuit.

python scripts/wiring_picture.py [--check]
"""

import sys
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from hardware.wiring import DEMO_STOP_PIN, DEMO_WIRING, PumpWiring  # noqa: E402

TARGET = ROOT / "docs" / "wiring.svg"
DEVICES = {
    "enable_relay": ("enable relay, coil", "out"),
    "timer_feed": ("retriggerable timer, feed", "out"),
    "enable_readback": ("enable contact, read-back", "in"),
    "timer_readback": ("timer contact, read-back", "in"),
    "nozzle": ("nozzle holster switch to ground", "in"),
    "pulser": ("pulser, one rising edge a pulse", "in"),
    "lamp_green": ("green lamp: please fill", "out"),
    "lamp_amber": ("amber lamp: ready / wait", "out"),
    "lamp_red": ("red lamp: refused / fault", "out"),
    "buzzer": ("buzzer", "out"),
}
SPI = "SPI 0: GPIO 9 MISO, 10 MOSI, 11 SCLK"
SELECT = {0: 8, 1: 7}
ROW, WIDTH, LEFT, RIGHT = 26, 940, 120, 470


def draw() -> str:
    rows: list[str] = []
    y = 40
    for wiring in DEMO_WIRING:
        rows.append(_text(LEFT - 100, y, f"Pump {wiring.number}", bold=True))
        y += ROW
        for name, (device, way) in DEVICES.items():
            pin = getattr(wiring.pins, name)
            rows += _wire(y, f"GPIO {pin}", device, way)
            y += ROW
        rows += _wire(y, _reader_pins(wiring), f"MFRC522 number {wiring.number}, 3.3 V", "both")
        y += ROW * 2
    rows += _wire(
        y,
        f"GPIO {DEMO_STOP_PIN}",
        "emergency stop, second contact (normally closed) to ground",
        "in",
    )
    y += ROW * 2
    rows += _valve(y)
    height = y + 130
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


def _reader_pins(wiring: PumpWiring) -> str:
    select = SELECT[wiring.reader.spi_device]
    return f"{SPI}, {select} CE{wiring.reader.spi_device}; RST GPIO {wiring.reader.reset_pin}"


def _wire(y: int, pin: str, device: str, way: str) -> list[str]:
    long = len(pin) > 20
    start = LEFT + (340 if long else 0)
    marks = {"out": 'marker-end="url(#a)"', "in": 'marker-start="url(#b)"', "both": ""}
    return [
        _text(LEFT - 100, y, pin),
        f'<line x1="{start}" y1="{y - 5}" x2="{RIGHT}" y2="{y - 5}" stroke="#555" {marks[way]}/>',
        _text(RIGHT + 15, y, device),
    ]


def _valve(y: int) -> list[str]:
    """The circuit that lets fuel flow: every contact in series, each able to break it alone."""
    stations = ["24 V", "emergency stop NC", "enable contact", "timer contact", "valve coil", "0 V"]
    drawn = [_text(LEFT - 100, y, "Valve circuit of each pump", bold=True)]
    x = LEFT - 100
    for number, name in enumerate(stations):
        width = 9 * len(name) + 16
        drawn.append(
            f'<rect x="{x}" y="{y + 20}" width="{width}" height="32" rx="4" '
            f'fill="{"#fde8e8" if "contact" in name or "stop" in name else "#eef"}" stroke="#333"/>'
        )
        drawn.append(_text(x + 8, y + 41, name))
        if number < len(stations) - 1:
            drawn.append(
                f'<line x1="{x + width}" y1="{y + 36}" x2="{x + width + 22}" y2="{y + 36}" '
                'stroke="#333" stroke-width="2"/>'
            )
        x += width + 22
    drawn.append(
        _text(LEFT - 100, y + 80, "The stop cuts the motor too. Any open contact shuts the valve.")
    )
    return drawn


def _text(x: int, y: int, text: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}"{weight}>{escape(text)}</text>'


def main() -> int:
    drawn = draw()
    if "--check" in sys.argv:
        return 0 if TARGET.read_text(encoding="utf-8") == drawn else 1
    TARGET.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
