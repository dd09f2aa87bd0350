"""A simulated display: an HD44780 behind a PCF8574, below the real library, byte by byte.

Of the data sheet (Hitachi ADE-207-272) what a character display in 4-bit mode needs.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from hardware.wiring import DisplayBus

ROW_STARTS = (0x00, 0x40)
ENABLE, REGISTER_SELECT = 0x04, 0x01
"""Bits of the expander's port; its upper half is D7 to D4."""
CLEAR, HOME, ENTRY_MODE, FUNCTION_SET, SET_ADDRESS = 0x01, 0x02, 0x04, 0x20, 0x80
EIGHT_BITS = 0x10
CHIP_COLUMNS = 40


class Hd44780Chip:
    """Takes what the expander's port is set to."""

    def __init__(self) -> None:
        self.written = 0
        """Bytes that came over the bus."""
        self._cells: dict[int, int] = {}
        self._address = 0
        self._port = 0
        self._eight_bits = True
        self._half: int | None = None

    def lines(self, columns: int = 20) -> tuple[str, str]:
        """What it shows."""
        first, second = (
            "".join(chr(self._cells.get(start + column, 0x20)) for column in range(columns))
            for start in ROW_STARTS
        )
        return first, second

    def take(self, port: int) -> None:
        """The chip reads its four lines as `enable` falls."""
        self.written += 1
        fell = self._port & ENABLE and not port & ENABLE
        self._port = port
        if fell:
            self._nibble(port >> 4, is_data=bool(port & REGISTER_SELECT))

    def _nibble(self, four: int, *, is_data: bool) -> None:
        if self._eight_bits:
            # Its lower four lines are not connected; they read low.
            self._command(four << 4)
        elif self._half is None:
            self._half = four
        else:
            byte, self._half = self._half << 4 | four, None
            if is_data:
                self._cells[self._address] = byte
                self._advance()
            else:
                self._command(byte)

    def _command(self, byte: int) -> None:
        if byte & SET_ADDRESS:
            self._address = byte & 0x7F
        elif byte & 0x40:
            raise ValueError("characters of one's own are not simulated")
        elif byte & FUNCTION_SET:
            self._eight_bits = bool(byte & EIGHT_BITS)
        elif byte == CLEAR:
            self._cells.clear()
            self._address = 0
        elif byte & ~1 == HOME:
            self._address = 0

    def _advance(self) -> None:
        """As entry mode is set: to the right, from one line's end to the other's start."""
        start = self._address & 0x40
        column = self._address - start + 1
        self._address = (start ^ 0x40) if column == CHIP_COLUMNS else start + column


class SimulatedI2c:
    """The machine's I2C buses, each address with a chip or without."""

    def __init__(self) -> None:
        self.chips: dict[tuple[int, int], Hd44780Chip] = {}
        self.unplugged: set[tuple[int, int]] = set()

    def bus(self, port: int) -> "SimulatedBus":
        return SimulatedBus(self, port)

    def install(self) -> Callable[[], None]:
        """Let the library open these in place of /dev/i2c-N; call what comes back to end that."""
        library: Any = import_module("RPLCD.i2c")
        real = library.SMBus
        library.SMBus = self.bus
        return lambda: setattr(library, "SMBus", real)


def simulate_displays(places: Iterable[DisplayBus | None]) -> Callable[[], None]:
    """A chip at each of these places; call what comes back when the displays are closed."""
    buses = SimulatedI2c()
    for place in places:
        if place is not None:
            buses.chips[place.i2c_bus, place.i2c_address] = Hd44780Chip()
    return buses.install() if buses.chips else lambda: None


class SimulatedBus:
    """What the library uses of smbus2.SMBus."""

    def __init__(self, buses: SimulatedI2c, port: int) -> None:
        self._buses = buses
        self._port = port

    def write_byte(self, address: int, value: int) -> None:
        """OSError as Linux raises it where nobody acknowledges."""
        place = self._port, address
        chip = self._buses.chips.get(place)
        if chip is None or place in self._buses.unplugged:
            raise OSError(121, "Remote I/O error")
        chip.take(value)
