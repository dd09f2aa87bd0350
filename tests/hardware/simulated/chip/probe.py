"""Drives a chip register by register, at times of the caller's choosing. For tests."""

from dataclasses import dataclass, field

from hardware.simulated.cards.field import Field
from hardware.simulated.chip.core import Mfrc522Chip
from hardware.tag_reader.registers import Command, Register


@dataclass
class Probe:
    field: Field = field(default_factory=Field)
    now_ns: int = 0

    def __post_init__(self) -> None:
        self.chip = Mfrc522Chip(self.field)

    def wait_us(self, duration_us: float) -> None:
        self.now_ns += round(duration_us * 1000)

    def write(self, register: int, *values: int) -> None:
        self.chip.transfer(bytes((register << 1, *values)), self.now_ns)

    def read(self, register: int) -> int:
        return self.chip.transfer(bytes((0x80 | register << 1, 0)), self.now_ns)[1]

    def fifo(self) -> bytes:
        return bytes(self.read(Register.FIFO_DATA) for _ in range(self.read(Register.FIFO_LEVEL)))

    def field_on(self) -> None:
        """Antenna on, and long enough ago for any card."""
        self.write(Register.COMMAND, Command.IDLE)
        self.write(Register.TX_CONTROL, 0x83)
        self.wait_us(5000)

    def timer(self, prescaler: int = 169, reload: int = 39, mode: int = 0x80) -> None:
        """By default 40 ticks of 25 µs, started by each transmission."""
        self.write(Register.T_MODE, mode | prescaler >> 8)
        self.write(Register.T_PRESCALER, prescaler & 0xFF)
        self.write(Register.T_RELOAD_HIGH, reload >> 8)
        self.write(Register.T_RELOAD_LOW, reload & 0xFF)

    def send(self, data: bytes, framing: int = 0) -> None:
        """Start a Transceive and return at once."""
        self.write(Register.COMMAND, Command.IDLE)
        self.write(Register.COM_IRQ, 0x7F)
        self.write(Register.FIFO_LEVEL, 0x80)
        self.write(Register.FIFO_DATA, *data)
        self.write(Register.BIT_FRAMING, framing)
        self.write(Register.COMMAND, Command.TRANSCEIVE)
        self.write(Register.BIT_FRAMING, 0x80 | framing)
