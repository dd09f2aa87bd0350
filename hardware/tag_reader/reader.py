"""An MFRC522 on SPI as a TagReader, through the mfrc522 library's register access."""

from collections.abc import Callable
from typing import TypeVar

from hardware.ports import Clock, HardwareError, Tag, TagTrouble
from hardware.tag_reader.exchange import (
    MAX_TRANSFERS_PER_EXCHANGE,
    ChipAccess,
    exchanger,
    read_registers,
    set_timer,
)
from hardware.tag_reader.faults import BusFault, no_version
from hardware.tag_reader.iso14443 import MAX_EXCHANGES, find_card
from hardware.tag_reader.library import MAX_TRANSFERS_TO_OPEN, open_chip
from hardware.tag_reader.registers import (
    KNOWN_VERSIONS,
    TX_ANTENNA_OFF,
    TX_ANTENNA_ON,
    Register,
)

RESET_PIN = 1
"""BCM number of the pin wired to the readers' RST, which the library insists on driving high.
Its own choice would be BCM 25. Pin 1 idles high, so that releasing it resets nothing."""
MAX_TRANSFERS_PER_POLL = MAX_TRANSFERS_TO_OPEN + 7 + MAX_EXCHANGES * MAX_TRANSFERS_PER_EXCHANGE + 2
"""No card and no chip, however odd, makes one poll cost more: start, exchanges, field reset."""

_FIELD_GUARD_S = 0.0051
"""A card may need 5 ms in an unmodulated field before it listens (ISO/IEC 14443-3, section 5);
as long without a field resets it."""

_Result = TypeVar("_Result")


class Mfrc522Reader:
    """The reader at /dev/spidev{bus}.{device}. Fits hardware.ports.TagReader.

    Raises HardwareError when the device is absent or is no MFRC522. After a HardwareError of
    `poll` the next poll starts the device anew, so it recovers once the cable is back.
    """

    def __init__(self, bus: int, device: int, clock: Clock, *, reset_pin: int = RESET_PIN) -> None:
        self._bus = bus
        self._device = device
        self._clock = clock
        self._reset_pin = reset_pin
        self._chip: ChipAccess | None = None
        self._guarded(self._started_chip)

    @property
    def path(self) -> str:
        return f"/dev/spidev{self._bus}.{self._device}"

    def poll(self) -> Tag | TagTrouble | None:
        """Look once for a card: about 2 ms without one, 10 with, 20 after a failed read."""
        return self._guarded(self._look)

    def close(self) -> None:
        """Release the SPI device. The reset pin stays high: other readers share it."""
        if self._chip is not None:
            self._chip.spi.close()
            self._chip = None

    def _look(self) -> Tag | TagTrouble | None:
        chip = self._started_chip()
        found = find_card(exchanger(chip, self._clock))
        if isinstance(found, TagTrouble):
            # Cards were left half selected and would ignore the next wake-up.
            self._reset_field(chip)
        return found

    def _started_chip(self) -> ChipAccess:
        if self._chip is not None:
            return self._chip
        self._chip = open_chip(self._bus, self._device, self._reset_pin)
        version = read_registers(self._chip, [Register.VERSION])[0]
        if version not in KNOWN_VERSIONS:
            raise no_version(version)
        set_timer(self._chip)
        # A card met before the fault may be left half selected.
        self._reset_field(self._chip)
        return self._chip

    def _reset_field(self, chip: ChipAccess) -> None:
        chip.Write_MFRC522(Register.TX_CONTROL, TX_ANTENNA_OFF)
        self._clock.sleep(_FIELD_GUARD_S)
        chip.Write_MFRC522(Register.TX_CONTROL, TX_ANTENNA_ON)
        self._clock.sleep(_FIELD_GUARD_S)

    def _guarded(self, act: Callable[[], _Result]) -> _Result:
        try:
            return act()
        except BusFault as fault:
            reason: Exception = fault
        except OSError as error:
            reason = error
        self._forget_chip()
        raise HardwareError(f"tag reader {self.path}: {reason}") from reason

    def _forget_chip(self) -> None:
        try:
            self.close()
        except OSError:
            # The device is gone already; the error being reported says so better.
            self._chip = None
