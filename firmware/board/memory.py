"""What outlives power on the chip: slots in FRAM or flash, and the files of the firmware."""

import os

import machine

from firmware import pins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SLOT_BYTES = 256
SLOTS = "/slots"
FITTED = "/fram"
"""A file that is there once FRAM has been found: without it the counts would begin at 0."""
BOOT_SLOTS = 4
"""From here up: which firmware folder runs. In flash in any case, for it has to be known before
and without all else."""
LOOKS = 3
FRAM_ADDRESS = 0x50
PIECE_BYTES = 512
FOLDER_BIT = 0x4000


class FlashSlots:
    """A small file each. Writing stalls the whole chip for up to 100 ms."""

    kind = "flash"
    memory = ""

    def __init__(self) -> None:
        make_folder(SLOTS)

    def load(self, slot: int) -> bytes:
        return read_file(f"{SLOTS}/{slot}", 0, SLOT_BYTES)

    def save(self, slot: int, line: bytes) -> None:
        with open(f"{SLOTS}/{slot}", "wb") as file:
            file.write(line)


class FramSlots:
    """256 bytes each, in a MB85RC256V or alike. A line ends at its newline."""

    kind = "fram"

    def __init__(self, bus: machine.I2C, memory: str) -> None:
        """`memory` as firmware/guard/port.py has it."""
        self._bus = bus
        self.memory = memory
        self._flash = FlashSlots()

    def load(self, slot: int) -> bytes:
        if slot >= BOOT_SLOTS:
            return self._flash.load(slot)
        if self.memory == "missing":
            return b""
        held = self._bus.readfrom_mem(FRAM_ADDRESS, slot * SLOT_BYTES, SLOT_BYTES, addrsize=16)
        line, end, _ = held.partition(b"\n")
        return line + end if end else b""

    def save(self, slot: int, line: bytes) -> None:
        if slot >= BOOT_SLOTS:
            self._flash.save(slot, line)
        elif self.memory != "missing":
            self._bus.writeto_mem(FRAM_ADDRESS, slot * SLOT_BYTES, line, addrsize=16)


def slots() -> "FlashSlots | FramSlots":
    """FRAM where it answers or ever did, else flash."""
    bus = machine.I2C(
        0, sda=machine.Pin(pins.FRAM_SDA), scl=machine.Pin(pins.FRAM_SCL), freq=400_000
    )
    found = any(_answers(bus) for _ in range(LOOKS))
    known = _is_there(FITTED)
    if found and not known:
        with open(FITTED, "wb"):
            pass
    if known:
        return FramSlots(bus, "known" if found else "missing")
    return FramSlots(bus, "") if found else FlashSlots()


def _answers(bus: machine.I2C) -> bool:
    try:
        return FRAM_ADDRESS in bus.scan()
    except OSError:
        return False


def _is_there(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def read_file(path: str, at: int, most: int) -> bytes:
    """b"" where there is no such file."""
    try:
        with open(path, "rb") as file:
            file.seek(at)
            return file.read(most)
    except OSError:
        return b""


def make_folder(path: str) -> None:
    """With those above it; nothing where it is there."""
    made = ""
    for part in path.strip("/").split("/"):
        made += "/" + part
        try:
            os.mkdir(made)
        except OSError:
            continue


def remove_tree(path: str, feed: "Callable[[], None]") -> None:
    """A folder and all below it; nothing where there is none.

    Flash takes tens of milliseconds a file: the watchdog is fed after each.
    """
    try:
        entries = list(os.ilistdir(path))
    except OSError:
        return
    for entry in entries:
        below = path + "/" + entry[0]
        if entry[1] & FOLDER_BIT:
            remove_tree(below, feed)
        else:
            os.remove(below)
        feed()
    os.rmdir(path)
