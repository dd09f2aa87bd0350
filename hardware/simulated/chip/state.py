"""What the chip's parts share: registers, FIFO, timer and the time."""

from hardware.simulated.chip.fifo import Fifo
from hardware.simulated.chip.reset_values import reset_values
from hardware.simulated.chip.timeline import Timeline
from hardware.simulated.chip.timer import Timer, TimerSettings
from hardware.tag_reader.registers import ComIrq, Command, ErrorBits, Register

COMMAND_BITS = 0x0F
_TPRESCAL_EVEN = 0x10
_TAUTO_RESTART = 0x10


class ChipState:
    def __init__(self, version: int) -> None:
        self._version = version
        self.now_ns = 0
        self.registers = reset_values(version)
        self.fifo = Fifo()
        self.timer = Timer()
        self.timeline = Timeline()

    def reset(self) -> None:
        self.registers = reset_values(self._version)
        self.fifo.drain()
        self.timer.stop(self.now_ns)
        self.timeline.clear()

    @property
    def running(self) -> int:
        """The active command."""
        return self.registers[Register.COMMAND] & COMMAND_BITS

    def finish_command(self) -> None:
        self.registers[Register.COMMAND] &= ~COMMAND_BITS & 0xFF
        self.raise_irq(ComIrq.IDLE)

    def raise_irq(self, irq: ComIrq) -> None:
        self.registers[Register.COM_IRQ] |= irq

    def fail(self, errors: ErrorBits) -> None:
        if errors:
            self.registers[Register.ERROR] |= errors
            self.raise_irq(ComIrq.ERROR)

    def push(self, value: int) -> None:
        if not self.fifo.push(value):
            self.fail(ErrorBits.BUFFER_OVERFLOW)
        self.fifo_changed()

    def flush(self) -> None:
        self.fifo.drain()
        self.registers[Register.ERROR] &= ~ErrorBits.BUFFER_OVERFLOW & 0xFF
        self.fifo_changed()

    def fifo_changed(self) -> None:
        water_level = self.registers[Register.WATER_LEVEL]
        if self.fifo.high_alert(water_level):
            self.raise_irq(ComIrq.HIGH_ALERT)
        if self.fifo.low_alert(water_level):
            self.raise_irq(ComIrq.LOW_ALERT)

    def start_timer(self, now_ns: int) -> None:
        mode = self.registers[Register.T_MODE]
        settings = TimerSettings(
            prescaler=(mode & 0x0F) << 8 | self.registers[Register.T_PRESCALER],
            reload=self.registers[Register.T_RELOAD_HIGH] << 8
            | self.registers[Register.T_RELOAD_LOW],
            restart=bool(mode & _TAUTO_RESTART),
            even=bool(self.registers[Register.DEMOD] & _TPRESCAL_EVEN),
        )
        self.timer.start(settings, now_ns)

    def advance(self, now_ns: int) -> None:
        """Let happen, in order, all that is due until `now_ns`."""
        while (due_ns := self._next_due(now_ns)) is not None:
            self.now_ns = due_ns
            if self.timeline.next_ns == due_ns:
                self.timeline.run_next()
            else:
                self.timer.expire()
                self.raise_irq(ComIrq.TIMER)
        self.now_ns = now_ns

    def status1(self) -> int:
        """Status1Reg (section 9.3.1.8)."""
        registers = self.registers
        water_level = registers[Register.WATER_LEVEL]
        crc = registers[Register.CRC_RESULT_HIGH] << 8 | registers[Register.CRC_RESULT_LOW]
        calculating = self.running == Command.CALC_CRC and self.timeline.next_ns is not None
        requested = registers[Register.COM_IRQ] & registers[Register.COM_IRQ_ENABLE] & 0x7F
        return (
            (0x40 if crc == 0 else 0)
            | (0 if calculating else 0x20)
            | (0x10 if requested else 0)
            | (0x08 if self.timer.running else 0)
            | (0x02 if self.fifo.high_alert(water_level) else 0)
            | (0x01 if self.fifo.low_alert(water_level) else 0)
        )

    def _next_due(self, until_ns: int) -> int | None:
        times = (self.timeline.next_ns, self.timer.expires_ns)
        due = [at_ns for at_ns in times if at_ns is not None and at_ns <= until_ns]
        return min(due, default=None)
