"""Draw docs/wiring.svg from hardware/wiring.py, and docs/pico.svg from firmware/pins.py.

python scripts/wiring_picture.py [--check]
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from svg import LEFT, ROW, circuit, page, text, wire  # noqa: E402

from firmware import pins  # noqa: E402
from hardware.wiring import DEMO_STOP_PIN, DEMO_WIRING, PumpWiring  # noqa: E402

DEVICES = {
    "enable_relay": ("enable relay, coil", "out"),
    "timer_feed": ("retriggerable timer, feed", "out"),
    "enable_readback": ("enable contact, read-back", "in"),
    "timer_readback": ("timer contact, read-back", "in"),
    "nozzle": ("nozzle holster switch to ground", "in"),
    "pulser": ("pulser, one rising edge a pulse", "in"),
    "bypass": ("bypass key, if fitted: closed to ground while off", "in"),
    "lamp_green": ("green lamp: please fill", "out"),
    "lamp_amber": ("amber lamp: ready / wait", "out"),
    "lamp_red": ("red lamp: refused / fault", "out"),
    "buzzer": ("buzzer", "out"),
}
PICO_DEVICES = {
    "pulser_a": ("pulser, channel A (or its only one)", "in"),
    "pulser_b": ("pulser, channel B, where it has two", "in"),
    "contact": ("relay in the valve's circuit, 8.2 kΩ to ground", "out"),
    "stage": ("coil of the fast stage, where the valve has two, 8.2 kΩ to ground", "out"),
    "readback": ("that relay's auxiliary contact to 3.3 V, 8.2 kΩ to ground", "in"),
    "nozzle": ("nozzle holster switch to ground", "in"),
}
PICO_SHARED = {
    "stop": (f"GP{pins.STOP}", "emergency stop, third contact (normally closed) to ground", "in"),
    "power_good": (
        f"GP{pins.POWER_GOOD}",
        "supply supervisor, low while power fails (may be left open)",
        "in",
    ),
    "fram": (
        f"GP{pins.FRAM_SDA}, GP{pins.FRAM_SCL}",
        "SDA and SCL of a FRAM MB85RC256V (may be left out)",
        "both",
    ),
    "usb": ("USB", "Raspberry Pi", "both"),
}
SPI = "SPI 0: GPIO 9 MISO, 10 MOSI, 11 SCLK"
SELECT = {0: 8, 1: 7}
CUT = (
    "The stop cuts the motor too. Any open contact shuts the valve. A bypass key, where fitted, is "
    "across both contacts."
)


def draw_pi() -> str:
    rows: list[str] = []
    y = 40
    for wiring in DEMO_WIRING:
        rows.append(text(LEFT - 100, y, f"Pump {wiring.number}", bold=True))
        y += ROW
        for name, (device, way) in DEVICES.items():
            pin = getattr(wiring.pins, name)
            if pin is None:
                continue
            rows += wire(y, f"GPIO {pin}", device, way)
            y += ROW
        rows += wire(y, _reader_pins(wiring), f"MFRC522 number {wiring.number}, 3.3 V", "both")
        y += ROW * 2
    stop = "emergency stop, second contact (normally closed) to ground"
    rows += wire(y, f"GPIO {DEMO_STOP_PIN}", stop, "in")
    y += ROW * 2
    rows += circuit(
        y,
        "Valve circuit of each pump",
        ["24 V", "emergency stop NC", "enable contact", "timer contact", "valve coil", "0 V"],
        CUT,
    )
    return page(rows, y + 130)


def draw_pico() -> str:
    rows: list[str] = []
    y = 40
    for number, its in pins.PUMPS.items():
        rows.append(text(LEFT - 100, y, f"Pump {number}", bold=True))
        y += ROW
        for name, (device, way) in PICO_DEVICES.items():
            rows += wire(y, f"GP{getattr(its, name)}", device, way)
            y += ROW
        y += ROW
    rows.append(text(LEFT - 100, y, "Both", bold=True))
    for pin, device, way in PICO_SHARED.values():
        y += ROW
        rows += wire(y, pin, device, way)
    y += ROW * 2
    rows += circuit(
        y,
        "Valve circuit of each pump",
        ["24 V", "emergency stop NC", "Pi's contact", "Pico's contact", "valve coil", "0 V"],
        CUT,
    )
    return page(rows, y + 130)


DRAWN = {"wiring.svg": draw_pi, "pico.svg": draw_pico}


def _reader_pins(wiring: PumpWiring) -> str:
    select = SELECT[wiring.reader.spi_device]
    return f"{SPI}, {select} CE{wiring.reader.spi_device}; RST GPIO {wiring.reader.reset_pin}"


def main() -> int:
    for name, draw in DRAWN.items():
        target, drawn = ROOT / "docs" / name, draw()
        if "--check" not in sys.argv:
            target.write_text(drawn, encoding="utf-8")
        elif target.read_text(encoding="utf-8") != drawn:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
