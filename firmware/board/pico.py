"""The Pico as firmware/guard/port.py wants it: its pins, its port, its memory, its watchdog."""

import os
from time import sleep_us, ticks_diff, ticks_us

import machine

from firmware import pins
from firmware.board import memory
from firmware.board.meter import Meter
from firmware.board.usb import Port
from firmware.guard.port import Board
from firmware.version import FIRMWARE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.guard.channel import Channel

WATCHDOG_MS = 1000
ASKED = "/asked"
"""A file that is there while the chip restarts because it was asked to."""


class PicoBoard(Board):
    """Every contact broken, the watchdog on: feed it within a second from now on."""

    firmware = FIRMWARE

    def __init__(self) -> None:
        self._watchdog = machine.WDT(timeout=WATCHDOG_MS)
        self._meters = {pump: Meter(pump, its) for pump, its in pins.PUMPS.items()}
        self._readbacks = {pump: _down(its.readback) for pump, its in pins.PUMPS.items()}
        self._nozzles = {pump: _up(its.nozzle) for pump, its in pins.PUMPS.items()}
        self._stop = _up(pins.STOP)
        self._power_good = _up(pins.POWER_GOOD)
        self._slots = memory.slots()
        self._port = Port()
        self.id = "".join([f"{byte:02x}" for byte in machine.unique_id()])
        self.keeps = self._slots.kind
        self.memory = self._slots.memory
        self.reset = _reset_reason()

    def start(self, channels: "dict[int, Channel]") -> None:
        """Let the interrupts count for these channels."""
        for pump, meter in self._meters.items():
            meter.start(channels[pump])

    def wait(self, since_us: int, wait_us: int) -> None:
        """Hand bytes over to USB until so long after `since_us`, or until the host speaks."""
        self._port.flush()
        left_us = wait_us - ticks_diff(ticks_us(), since_us)
        if left_us > 0:
            sleep_us(min(left_us, 500))

    def read_bytes(self) -> bytes:
        return self._port.read()

    def write_line(self, line: bytes) -> None:
        self._port.write(line)

    def drive(self, pump: int, *, contact: bool, slow: bool) -> None:
        self._meters[pump].drive(contact=contact, slow=slow)

    def readback(self, pump: int) -> bool:
        return bool(self._readbacks[pump].value())

    def nozzle(self, pump: int) -> bool:
        return bool(self._nozzles[pump].value())

    def stop_healthy(self) -> bool:
        return not self._stop.value()

    def power_failing(self) -> bool:
        return not self._power_good.value()

    def levels(self, pump: int) -> int:
        return self._meters[pump].levels

    def edges(self, pump: int) -> "list[tuple[int, int]]":
        """None: interrupts tell. But once a turn both channels are compared."""
        self._meters[pump].compare()
        return []

    def load(self, slot: int) -> bytes:
        return self._slots.load(slot)

    def save(self, slot: int, line: bytes) -> None:
        if self.keeps == "flash" or slot >= memory.BOOT_SLOTS:
            self._hold_up()
        self._slots.save(slot, line)

    def feed_watchdog(self) -> None:
        self._watchdog.feed()

    def reboot(self) -> None:
        with open(ASKED, "wb"):
            pass
        machine.reset()

    def erase(self, folder: str) -> None:
        self._hold_up()
        memory.remove_tree("/" + folder, self._watchdog.feed)

    def append(self, folder: str, name: str, data: bytes) -> None:
        self._hold_up()
        path = f"/{folder}/{name}"
        memory.make_folder(path.rpartition("/")[0])
        with open(path, "ab") as file:
            file.write(data)

    def content(self, folder: str, name: str, at: int) -> bytes:
        return memory.read_file(f"/{folder}/{name}", at, memory.PIECE_BYTES)

    def _hold_up(self) -> None:
        for meter in self._meters.values():
            meter.held_up()


def _up(pin: int) -> machine.Pin:
    return machine.Pin(pin, machine.Pin.IN, machine.Pin.PULL_UP)


def _down(pin: int) -> machine.Pin:
    return machine.Pin(pin, machine.Pin.IN, machine.Pin.PULL_DOWN)


def _reset_reason() -> str:
    """A reset that was asked for is the watchdog's too, but leaves a file behind."""
    if ASKED[1:] in os.listdir("/"):
        os.remove(ASKED)
        return "asked"
    return "watchdog" if machine.reset_cause() == machine.WDT_RESET else "power"
