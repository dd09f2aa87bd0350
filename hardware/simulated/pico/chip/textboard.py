"""A board whose pins, port and memory are lines of text: see hardware/simulated/pico/process.py.

Runs where the firmware runs, MicroPython included, and fits firmware/guard/port.py.
"""

from binascii import hexlify, unhexlify

from firmware.guard import pulses
from firmware.guard.port import Board
from firmware.version import FIRMWARE

NOZZLES, STOP, READBACKS, BROWN_OUT = 0, 2, 3, 5
"""Bits of the inputs: two nozzles, the stop's loop, two contacts, failing power."""


class TextBoard(Board):
    """`answer` gathers what the firmware does until it is taken."""

    def __init__(self, boot: dict) -> None:  # type: ignore[type-arg]
        self.id = boot["id"]
        self.firmware = FIRMWARE
        self.reset = boot["why"]
        self.keeps = boot["keeps"]
        self.answer: dict = {}  # type: ignore[type-arg]
        self._slots = {int(slot): unhexlify(line) for slot, line in boot["slots"].items()}
        self._files = {name: unhexlify(data) for name, data in boot["files"].items()}
        self._raw_us = 0
        self._inputs = 0
        self._received = b""
        self._levels = [0, 0]
        self._slow = [False, False]

    def see(self, request: dict) -> None:  # type: ignore[type-arg]
        """The world as it is at this turn."""
        self._raw_us = request["t"]
        self._inputs = request["in"]
        self._levels = request["levels"]
        if "rx" in request:
            self._received += unhexlify(request["rx"])

    def take(self) -> dict:  # type: ignore[type-arg]
        taken, self.answer = self.answer, {}
        return taken

    def interrupt(self, channel: object, pump: int, raw_us: int, levels: int) -> None:
        """A pulser's line changed: what the hard interrupt does on the chip."""
        if channel.edge(raw_us, levels) == pulses.BREAK:  # type: ignore[attr-defined]
            self._tell("drives", [raw_us, pump, 0, int(self._slow[pump - 1])])

    def read_bytes(self) -> bytes:
        received, self._received = self._received[:256], self._received[256:]
        return received

    @property
    def more_to_read(self) -> bool:
        return bool(self._received)

    def write_line(self, line: bytes) -> None:
        self._tell("tx", hexlify(line).decode())

    def drive(self, pump: int, *, contact: bool, slow: bool) -> None:
        self._slow[pump - 1] = slow
        self._tell("drives", [self._raw_us, pump, int(contact), int(slow)])

    def readback(self, pump: int) -> bool:
        return self._input(READBACKS + pump - 1)

    def nozzle(self, pump: int) -> bool:
        return self._input(NOZZLES + pump - 1)

    def stop_healthy(self) -> bool:
        return self._input(STOP)

    def power_failing(self) -> bool:
        return self._input(BROWN_OUT)

    def levels(self, pump: int) -> int:
        return int(self._levels[pump - 1])

    def load(self, slot: int) -> bytes:
        return self._slots.get(slot, b"")

    def save(self, slot: int, line: bytes) -> None:
        self._slots[slot] = line
        self._tell("saves", [slot, hexlify(line).decode()])

    def feed_watchdog(self) -> None:
        pass  # the process that drives this one sees that it answers

    def reboot(self) -> None:
        self.answer["reboot"] = 1

    def erase(self, folder: str) -> None:
        for name in [name for name in self._files if name.startswith(folder + "/")]:
            del self._files[name]
        self._tell("files", [folder, "", ""])

    def append(self, folder: str, name: str, data: bytes) -> None:
        path = folder + "/" + name
        self._files[path] = self._files.get(path, b"") + data
        self._tell("files", [folder, name, hexlify(data).decode()])

    def content(self, folder: str, name: str, at: int) -> bytes:
        return self._files.get(folder + "/" + name, b"")[at : at + 512]

    def _input(self, bit: int) -> bool:
        return bool(self._inputs >> bit & 1)

    def _tell(self, what: str, item: object) -> None:
        self.answer.setdefault(what, []).append(item)
