"""Which chip answers on a bus: for whoever looks before a reader is used."""

from contextlib import suppress

from hardware.ports import HardwareError
from hardware.tag_reader.exchange import read_registers
from hardware.tag_reader.faults import BusFault
from hardware.tag_reader.library import open_chip
from hardware.tag_reader.registers import Register


def version_of(bus: int, device: int, reset_pin: int) -> int:
    """What the version register reads, whatever it is: 0x00 or 0xFF where nothing answers.
    HardwareError where it cannot be asked."""
    try:
        chip = open_chip(bus, device, reset_pin)
        try:
            return read_registers(chip, [Register.VERSION])[0]
        finally:
            with suppress(OSError):
                chip.spi.close()
    except (BusFault, OSError) as error:
        raise HardwareError(str(error)) from error
