"""Run what lies on a Pico's flash, here in a folder, as MicroPython does at power on.

flashed.py FOLDER POWER_ON PRESSED: where the chip has `/` it finds the folder. Only the files in
it are imported as firmware; machine and rp2 are the those of fakes.py.
"""

import builtins
import os
import runpy
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
TICKS = (1 << 30) - 1


def below(folder: str, name: Any) -> Any:
    return folder + name if isinstance(name, str) and name.startswith("/") else name


def reset() -> None:
    os._exit(7)


class Wire:
    """A standard stream as the chip has it: nothing waits in a buffer."""

    def __init__(self, number: int, mode: str) -> None:
        self.buffer = open(number, mode, buffering=0)  # noqa: SIM115 - as long as the process
        self.fileno, self.flush = self.buffer.fileno, self.buffer.flush


def chip(*, power_on: bool, pressed: bool) -> None:
    """The modules of MicroPython that CPython lacks."""
    from tests.firmware.board.fakes import modules

    for module in modules(power_on=power_on, pressed=pressed):
        sys.modules[module.__name__] = module
    machine: Any = sys.modules["machine"]
    machine.reset = reset
    clock: Any = time
    clock.ticks_us = lambda: time.monotonic_ns() // 1000 & TICKS
    clock.ticks_diff = lambda later, earlier: later - earlier
    clock.sleep_us = lambda us: time.sleep(us / 1e6)
    clock.sleep_ms = lambda ms: None


def main() -> None:
    folder, power_on, pressed = sys.argv[1], sys.argv[2] == "1", sys.argv[3] == "1"
    sys.path.insert(0, str(ROOT))
    chip(power_on=power_on, pressed=pressed)
    sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != ROOT]
    for name in [name for name in sys.modules if name.startswith(("firmware", "tests"))]:
        del sys.modules[name]
    streams: Any = sys
    streams.stdin, streams.stdout = Wire(0, "rb"), Wire(1, "wb")
    opened, files = builtins.open, os
    for name in ("mkdir", "listdir", "stat", "remove", "rmdir"):
        call = getattr(os, name)
        setattr(files, name, lambda path, call=call: call(below(folder, path)))
    builtins.open = lambda name, *rest: opened(below(folder, name), *rest)  # type: ignore[assignment]
    os.chdir(folder)
    runpy.run_path("main.py")


main()
