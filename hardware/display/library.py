"""Opening the display through the RPLCD library, which writes from its first line on."""

from importlib import import_module
from typing import Protocol, cast

from hardware.ports import COLUMNS, HardwareError
from hardware.wiring import DisplayBus

ROWS = 2


class CharLcd(Protocol):
    """What is used of RPLCD's CharLCD."""

    cursor_pos: tuple[int, int]

    def write_string(self, value: str) -> None: ...
    def clear(self) -> None: ...


def open_lcd(bus: DisplayBus) -> CharLcd:
    """A blank display, in about 0.1 s. OSError when nobody answers there; HardwareError when
    the library cannot be loaded."""
    try:
        library = import_module("RPLCD.i2c")
    except ImportError as error:
        raise HardwareError(
            f"the RPLCD library does not load ({error}); ./takar sets it up with all others"
        ) from error
    lcd = library.CharLCD(
        "PCF8574",
        bus.i2c_address,
        port=bus.i2c_bus,
        cols=COLUMNS,
        rows=ROWS,
        charmap=bus.character_set,
        auto_linebreaks=False,
    )
    return cast(CharLcd, lcd)
