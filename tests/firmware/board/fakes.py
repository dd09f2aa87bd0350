"""Just enough of MicroPython's modules for firmware/board to run here, pins and FIFOs at hand."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, ClassVar


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


def modules(*, power_on: bool = True, pressed: bool = False) -> list[ModuleType]:
    """machine, rp2 and micropython of a fresh chip: after power on, or after its watchdog; with
    BOOTSEL pressed or not."""
    machine: Any = ModuleType("machine")
    rp2: Any = ModuleType("rp2")
    micropython: Any = ModuleType("micropython")
    Pin.levels, I2C.memory, StateMachine.made = {}, {}, {}
    machine.Pin, machine.I2C, machine.WDT = Pin, I2C, Watchdog
    machine.disable_irq, machine.enable_irq = lambda: 7, lambda held: None
    machine.unique_id = lambda: bytes.fromhex("e6614c311b7e6f35")
    machine.PWRON_RESET, machine.WDT_RESET = 1, 3
    machine.reset_cause = lambda: 1 if power_on else 3
    machine.reset = lambda: None
    rp2.StateMachine, rp2.asm_pio, rp2.PIO = StateMachine, asm_pio, ModuleType("PIO")
    rp2.PIO.JOIN_RX, rp2.PIO.SHIFT_LEFT = 2, 0
    rp2.bootsel_button = lambda: int(pressed)
    micropython.kbd_intr = lambda byte: None
    return [machine, rp2, micropython]
