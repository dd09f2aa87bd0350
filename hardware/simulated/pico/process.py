"""The chip as a process: its firmware runs there, its pins, port and memory are here.

One JSON line a turn, answered with one. Times `t` are the chip's `ticks_us`.
  first line {t, id, why, keeps, slots, files}
  then       {t, in: bits of textboard.py, levels: [pump 1, pump 2], edges: [[t, pump, levels]],
              rx: hex}
  answer     {wait, busy, drives: [[t, pump, contact, slow]], saves: [[slot, hex]], tx: [hex],
              files: [[folder, name, hex]], reboot}; what is empty is left out
"""

import subprocess
from pathlib import Path
from typing import Any

import msgspec

from hardware.ports import HardwareError
from hardware.simulated.pico.interpreter import Interpreter, start

SCRIPT = Path(__file__).parent / "chip" / "run.py"


class Answer(msgspec.Struct, frozen=True):
    wait: int = 0
    """µs until the next turn is due."""
    busy: bool | int = 0
    """A lease runs or a contact is made."""
    drives: list[tuple[int, int, int, int]] = []
    saves: list[tuple[int, str]] = []
    tx: list[str] = []
    files: list[tuple[str, str, str]] = []
    reboot: int = 0


class ChipProcess:
    """Killed with `cut`: what is in its memory is gone. HardwareError when it ends by itself."""

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter
        self._process: subprocess.Popen[bytes] | None = None
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Answer).decode

    @property
    def runs(self) -> bool:
        return self._process is not None

    def boot(self, first: dict[str, Any]) -> Answer:
        """Start it; the answer to its first line."""
        self._process = start(self._interpreter, SCRIPT)
        return self.turn(first)

    def turn(self, request: dict[str, Any]) -> Answer:
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise HardwareError("the simulated Pico has no power")
        try:
            process.stdin.write(self._encode(request) + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError as error:
            raise HardwareError(f"the simulated Pico's firmware has ended: {error}") from error
        if not line:
            raise HardwareError("the simulated Pico's firmware has ended, see its own output above")
        return self._decode(line)

    def cut(self) -> None:
        """Take its power away, at once."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.communicate()
