"""The wiring of a configuration as a table, to be checked wire by wire with the power off."""

from collections.abc import Iterator

from msgspec.structs import asdict

from firmware import pins as chip
from gateway.config.pumps import SPI_PINS
from gateway.config.types import GatewayConfig, PumpSettings

HEADER = {
    2: 3, 3: 5, 4: 7, 14: 8, 15: 10, 17: 11, 18: 12, 27: 13, 22: 15, 23: 16, 24: 18, 10: 19,
    9: 21, 25: 22, 11: 23, 8: 24, 7: 26, 0: 27, 1: 28, 5: 29, 6: 31, 12: 32, 13: 33, 19: 35,
    16: 36, 26: 37, 20: 38, 21: 40,
}  # fmt: skip
"""Position on a Raspberry Pi's 40-pin header by BCM number (raspberrypi.com, GPIO)."""
WIRES = {
    "enable_relay": "enable relay's coil; 10 kΩ to ground",
    "timer_feed": "feed of the retriggerable timer; 10 kΩ to ground",
    "enable_readback": "enable relay's auxiliary contact, to 3.3 V when made",
    "timer_readback": "timer's auxiliary contact, to 3.3 V when made",
    "nozzle": "holster switch, to ground while hung",
    "pulser": "pulser, one rising edge a pulse, 3.3 V at most",
    "bypass": "bypass key's auxiliary contact, to ground while off",
    "lamp_green": "green lamp: please fill",
    "lamp_amber": "amber lamp: working",
    "lamp_red": "red lamp: refused, or out of order",
    "buzzer": "buzzer",
}
OF_THE_CHIP = ("timer_feed", "timer_readback", "pulser")
"""Pins of the Pi that a co-processor leaves free."""
AT_CHIP = {
    "pulser_a": "pulser (channel A)",
    "contact": "relay in the valve's circuit; 8.2 kΩ to ground",
    "readback": "that relay's auxiliary contact, to 3.3 V; 8.2 kΩ to ground",
    "nozzle": "holster switch, to ground while hung",
}
Row = tuple[str, str, str]
"""Pin, whose it is, wire."""


def rows(config: GatewayConfig) -> Iterator[Row]:
    """Of the Pi's header, then of each co-processor."""
    for bus in sorted({pump.reader.spi_bus for pump in config.pumps}):
        for pin, line in sorted(SPI_PINS[bus].items()):
            if not line.startswith("CE"):
                yield _pin(pin), "readers", f"{line} of every reader"
    for pump in config.pumps:
        select = _select(pump)
        yield _pin(select), _of(pump), f"SDA (chip select) of its reader, {_path(pump)}"
        yield _pin(pump.reader.reset_pin), _of(pump), "RST of its reader (may be shared)"
        yield from _pump(pump)
    if any(pump.pins is not None for pump in config.pumps):
        stop = config.hardware.emergency_stop_pin
        yield _pin(stop), "station", "emergency stop's second contact, to ground while healthy"
    if config.hardware.ups_pin is not None:
        yield _pin(config.hardware.ups_pin), "station", "UPS's contact, to ground on mains power"
    for pico in config.picos:
        yield from _chip(pico.serial_number or str(pico.port), pico.pumps)


def table(config: GatewayConfig) -> list[str]:
    """Lines in columns."""
    found = [("pin", "whose", "wire"), *rows(config)]
    widths = [max(len(row[column]) for row in found) for column in range(3)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
             for row in found]  # fmt: skip
    return [line.rstrip() for line in lines]


def _pump(pump: PumpSettings) -> Iterator[Row]:
    if pump.pins is None:
        return
    for name, pin in asdict(pump.pins).items():
        if pin is not None and not (pump.limiter == "pico" and name in OF_THE_CHIP):
            yield _pin(pin), _of(pump), WIRES[name]


def _chip(name: str, pumps: list[int]) -> Iterator[Row]:
    whose = f"co-processor {name}"
    for place, number in enumerate(pumps, start=1):
        for wire, words in AT_CHIP.items():
            yield f"GP{getattr(chip.PUMPS[place], wire)}", whose, f"pump {number}: {words}"
    yield f"GP{chip.STOP}", whose, "emergency stop's third contact, to ground while healthy"


def _of(pump: PumpSettings) -> str:
    return f"pump {pump.number}"


def _path(pump: PumpSettings) -> str:
    return f"/dev/spidev{pump.reader.spi_bus}.{pump.reader.spi_device}"


def _select(pump: PumpSettings) -> int:
    wanted = f"CE{pump.reader.spi_device}"
    return next(pin for pin, line in SPI_PINS[pump.reader.spi_bus].items() if line == wanted)


def _pin(number: int) -> str:
    return f"GPIO {number:2} (pin {HEADER[number]})"
