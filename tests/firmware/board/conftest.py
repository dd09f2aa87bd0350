"""Just enough of MicroPython's modules for firmware/board to run here, pins and FIFOs at hand."""

import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest


class Pin:
    IN, OUT, PULL_UP, PULL_DOWN = range(4)
    levels: ClassVar[dict[int, int]] = {}

    def __init__(self, number: int, mode: int = IN, pull: int = -1, value: int = 0) -> None:
        self.number = number
        self.levels.setdefault(number, int(pull == Pin.PULL_UP) if mode == Pin.IN else value)

    def value(self, *level: int) -> int:
        if level:
            self.levels[self.number] = int(level[0])
        return self.levels[self.number]


class I2C:
    memory: ClassVar[dict[int, bytearray]] = {}

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def scan(self) -> list[int]:
        return list(self.memory)

    def readfrom_mem(self, address: int, at: int, count: int, addrsize: int) -> bytes:
        assert addrsize == 16
        return bytes(self.memory[address][at : at + count])

    def writeto_mem(self, address: int, at: int, data: bytes, addrsize: int) -> None:
        assert addrsize == 16
        self.memory[address][at : at + len(data)] = data


class StateMachine:
    """A FIFO that a test fills; `tell` runs the interrupt as the hardware would."""

    made: ClassVar[dict[int, "StateMachine"]] = {}

    def __init__(self, number: int, program: list[int], **options: Any) -> None:
        self.program, self.options = program, options
        self.fifo: list[int] = []
        self.executed: list[int] = []
        self.running = 0
        self.made[number] = self
        self._handler: Callable[[StateMachine], None] | None = None

    def irq(self, handler: Any, *, hard: bool) -> None:
        assert hard
        self._handler = handler

    def exec(self, word: int) -> None:
        self.executed.append(word)

    def active(self, running: int) -> None:
        self.running = running

    def rx_fifo(self) -> int:
        return len(self.fifo)

    def get(self, buffer: Any) -> None:
        buffer[0] = self.fifo.pop(0) & 0xFFFF

    def tell(self, *words: int) -> None:
        self.fifo += words
        if self._handler is not None:
            self._handler(self)


def asm_pio(**options: Any) -> Callable[[Any], list[int]]:
    """As MicroPython's: the function's globals give way to the assembler's words."""

    def assemble(function: Any) -> list[int]:
        words: list[int] = []
        kept = dict(function.__globals__)
        function.__globals__.clear()
        function.__globals__.update(
            word=words.append, wrap_target=lambda: words.append(-1), wrap=lambda: words.append(-2)
        )
        function()
        function.__globals__.clear()
        function.__globals__.update(kept)
        return words

    return assemble


class Watchdog:
    def __init__(self, timeout: int) -> None:
        assert timeout <= 8388  # the longest that the chip can

    def feed(self) -> None: ...


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Imports a module of firmware/board on a fresh chip."""
    machine: Any = ModuleType("machine")
    rp2: Any = ModuleType("rp2")
    micropython: Any = ModuleType("micropython")
    Pin.levels, I2C.memory, StateMachine.made = {}, {}, {}
    machine.Pin, machine.I2C, machine.WDT = Pin, I2C, Watchdog
    machine.disable_irq, machine.enable_irq = lambda: 7, lambda held: None
    machine.unique_id = lambda: bytes.fromhex("e6614c311b7e6f35")
    machine.WDT_RESET, machine.reset_cause = 3, lambda: 1
    machine.reset = lambda: None
    rp2.StateMachine, rp2.asm_pio, rp2.PIO = StateMachine, asm_pio, ModuleType("PIO")
    rp2.PIO.JOIN_RX, rp2.PIO.SHIFT_LEFT = 2, 0
    micropython.kbd_intr = lambda byte: None
    for module in (machine, rp2, micropython):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(time, "ticks_us", lambda: 1234, raising=False)
    monkeypatch.setattr(time, "ticks_diff", lambda later, earlier: later - earlier, raising=False)
    monkeypatch.setattr(time, "sleep_us", lambda us: None, raising=False)

    def ilistdir(path: str) -> Any:
        for entry in Path(path).iterdir():
            yield entry.name, 0x4000 if entry.is_dir() else 0x8000

    monkeypatch.setattr(os, "ilistdir", ilistdir, raising=False)

    def load(name: str) -> Any:
        return importlib.import_module(f"firmware.board.{name}")

    yield load
    for name in [name for name in sys.modules if name.startswith("firmware.board")]:
        del sys.modules[name]
