"""An HD44780 with two lines of 20 characters, written to by a thread of its own.

Each character costs about 2 ms on the bus, so only what has changed is written. A display that
fails is opened anew from time to time, which also mends one that lost count of its half-bytes.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from hardware.display.library import CharLcd, open_lcd
from hardware.ports import COLUMNS, HardwareError
from hardware.wiring import DisplayBus

log = logging.getLogger(__name__)

AGAIN_S = 5.0
"""After a failure."""
CLOSE_S = 1.0
BLANK = " " * COLUMNS


class Hd44780Display:
    """Fits hardware.ports.CharacterDisplay."""

    def __init__(
        self,
        bus: DisplayBus,
        name: str,
        opens: Callable[[DisplayBus], CharLcd] = open_lcd,
        again_s: float = AGAIN_S,
    ) -> None:
        """Never raises: a display that is absent is said once in the log, and looked for again."""
        self._bus = bus
        self._name = name
        self._opens = opens
        self._again_s = again_s
        self._wanted = BLANK, BLANK
        self._failed = False
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"display {name}", daemon=True)
        self._thread.start()

    def show(self, first: str, second: str) -> None:
        wanted = _line(first), _line(second)
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    def close(self) -> None:
        self._wanted = BLANK, BLANK
        self._closing.set()
        self._changed.set()
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                lcd = self._opens(self._bus)
                self._recovered()
                self._follow(lcd)
            except (OSError, HardwareError) as error:
                self._fails(error)
            except Exception:  # a display's library must not take the gateway's log with it
                log.exception("%s", self._name, extra={"event": "display_failed"})
                self._failed = True
            self._closing.wait(self._again_s)

    def _follow(self, lcd: CharLcd) -> None:
        """Keep the display as it is wanted, until the end."""
        shown = BLANK, BLANK
        while True:
            self._changed.clear()
            wanted = self._wanted
            for row, (before, line) in enumerate(zip(shown, wanted, strict=True)):
                _write(lcd, row, before, line)
            shown = wanted
            if self._closing.is_set():
                with suppress(OSError):
                    lcd.clear()
                return
            self._changed.wait()

    def _recovered(self) -> None:
        if self._failed:
            self._failed = False
            log.warning("%s: it shows again", self._name, extra={"event": "display_shows_again"})

    def _fails(self, error: Exception) -> None:
        if not self._failed:
            self._failed = True
            log.error(
                "%s: nothing is shown (%s); check its four wires, the overlay of "
                "its bus in config.txt, i2c_bus and i2c_address. The pump goes on",
                *(self._name, error),
                extra={"event": "display_failed"},
            )


def _line(text: str) -> str:
    return text[:COLUMNS].ljust(COLUMNS)


def _write(lcd: CharLcd, row: int, before: str, line: str) -> None:
    """The part between the first and the last character that differ."""
    differ = [column for column in range(COLUMNS) if before[column] != line[column]]
    if differ:
        first, last = differ[0], differ[-1]
        lcd.cursor_pos = row, first
        lcd.write_string(line[first : last + 1])
