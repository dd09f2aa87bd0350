"""What outlives power on the chip: slots in FRAM or flash, and the files of the firmware."""

import os

import machine

from firmware import pins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SLOT_BYTES = 256
SLOTS = "/slots"
FRAM_ADDRESS = 0x50
PIECE_BYTES = 512
FOLDER_BIT = 0x4000


class FlashSlots:
    """A small file each. Writing stalls the whole chip for up to 100 ms."""

    kind = "flash"

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

    def __init__(self, bus: machine.I2C) -> None:
        self._bus = bus

    def load(self, slot: int) -> bytes:
        held = self._bus.readfrom_mem(FRAM_ADDRESS, slot * SLOT_BYTES, SLOT_BYTES, addrsize=16)
        line, end, _ = held.partition(b"\n")
        return line + end if end else b""

    def save(self, slot: int, line: bytes) -> None:
        self._bus.writeto_mem(FRAM_ADDRESS, slot * SLOT_BYTES, line, addrsize=16)


def slots() -> "FlashSlots | FramSlots":
    """FRAM where it answers, else flash."""
    bus = machine.I2C(
        0, sda=machine.Pin(pins.FRAM_SDA), scl=machine.Pin(pins.FRAM_SCL), freq=400_000
    )
    try:
        found = FRAM_ADDRESS in bus.scan()
    except OSError:
        found = False
    return FramSlots(bus) if found else FlashSlots()


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
