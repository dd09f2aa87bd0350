"""One bounded exchange with a card through the chip: send a frame, take what comes back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hardware.ports import Clock
from hardware.tag_reader.faults import BusFault, no_version, silent_chip
from hardware.tag_reader.iso14443 import Answer, Frame
from hardware.tag_reader.registers import (
    FLUSH_FIFO,
    KNOWN_VERSIONS,
    START_SEND,
    TIMER_AUTO,
    TX_ANTENNA_ON,
    ComIrq,
    Command,
    ErrorBits,
    Register,
)

TIMER_PRESCALER = 169
"""One timer tick is (2 × 169 + 1) / 13.56 MHz = 25 µs (data sheet, section 8.5)."""
TIMER_RELOAD = 39
"""40 ticks = 1 ms from the end of our frame until an unanswered exchange ends. The standard has
cards answer these frames after 91 µs exactly; and HLTA counts as obeyed after 1 ms of silence."""
TIMEOUT_US = 1000

HOST_DEADLINE_NS = 10_000_000
"""An exchange takes 2 ms at most; a chip that has not ended one by then is broken."""
MAX_LOOKS = 8
"""Most status reads of one exchange, whatever the clock says."""
MAX_TRANSFERS_PER_EXCHANGE = 7 + MAX_LOOKS + 1

_ETU_US = 128 / 13.56
_FRAME_DELAY_US = 1236 / 13.56
_MARGIN_US = 20
_LOOK_AGAIN_S = 0.002
_FIFO_SIZE = 64

_STATUS = (
    Register.COM_IRQ,
    Register.ERROR,
    Register.FIFO_LEVEL,
    Register.CONTROL,
    Register.VERSION,
    Register.TX_CONTROL,
    Register.T_MODE,
)
_READ = 0x80


class Spi(Protocol):
    def xfer2(self, data: Sequence[int]) -> Sequence[int]: ...
    def close(self) -> None: ...


class ChipAccess(Protocol):
    """What Takar uses of the mfrc522 library's class MFRC522."""

    spi: Spi

    def Write_MFRC522(self, addr: int, val: int) -> None: ...  # noqa: N802
    def Read_MFRC522(self, addr: int) -> int: ...  # noqa: N802


@dataclass(frozen=True, slots=True)
class _Status:
    irq: int
    error: int
    fifo_level: int
    control: int


def frame_us(bits: int) -> float:
    """Time on air at 106 kbit/s: start bit, data, a parity bit a byte, end of frame."""
    return (bits + bits // 8 + 2) * _ETU_US


def read_registers(chip: ChipAccess, registers: Sequence[int]) -> bytes:
    """Several registers in one SPI transfer (data sheet, section 8.1.2.1)."""
    return bytes(chip.spi.xfer2([_READ | register << 1 for register in registers] + [0])[1:])


def set_timer(chip: ChipAccess) -> None:
    """Have the chip end each exchange by itself `TIMEOUT_US` after our frame."""
    chip.Write_MFRC522(Register.T_MODE, TIMER_AUTO)
    chip.Write_MFRC522(Register.T_PRESCALER, TIMER_PRESCALER)
    chip.Write_MFRC522(Register.T_RELOAD_HIGH, 0)
    chip.Write_MFRC522(Register.T_RELOAD_LOW, TIMER_RELOAD)


def exchanger(chip: ChipAccess, clock: Clock) -> Callable[[Frame], Answer | None]:
    """A function that sends a frame and returns the card's answer, or None after silence.

    It takes at most `MAX_TRANSFERS_PER_EXCHANGE` SPI transfers and raises BusFault when the chip
    does not answer, has lost its settings or does not end the exchange.
    """

    def exchange(frame: Frame) -> Answer | None:
        _start(chip, frame)
        status = _wait(chip, clock, frame)
        if not status.irq & ComIrq.RX:
            # Without the timer's end either, something has been answering for 10 ms: no card does.
            return None if status.irq & ComIrq.TIMER else Answer(b"", 0, garbled=True)
        collision = bool(status.error & ErrorBits.COLLISION)
        garbled = bool(status.error & ~(ErrorBits.COLLISION | ErrorBits.TEMPERATURE))
        if collision or garbled:
            return Answer(b"", 0, collision=collision, garbled=garbled)
        level = min(status.fifo_level & 0x7F, _FIFO_SIZE)
        last_bits = status.control & 0x07
        data = read_registers(chip, [Register.FIFO_DATA] * level) if level else b""
        bits = level * 8 - (8 - last_bits if last_bits and level else 0)
        return Answer(data, bits)

    return exchange


def _start(chip: ChipAccess, frame: Frame) -> None:
    chip.Write_MFRC522(Register.COMMAND, Command.IDLE)
    chip.Write_MFRC522(Register.COM_IRQ, 0x7F)
    chip.Write_MFRC522(Register.FIFO_LEVEL, FLUSH_FIFO)
    chip.spi.xfer2([Register.FIFO_DATA << 1, *frame.data])
    # StartSend acts on its rising edge and is not cleared by the chip, hence both writes.
    chip.Write_MFRC522(Register.BIT_FRAMING, frame.last_bits)
    chip.Write_MFRC522(Register.COMMAND, Command.TRANSCEIVE)
    chip.Write_MFRC522(Register.BIT_FRAMING, START_SEND | frame.last_bits)


def _wait(chip: ChipAccess, clock: Clock, frame: Frame) -> _Status:
    deadline_ns = clock.monotonic_ns() + HOST_DEADLINE_NS
    sent_us = frame_us(frame.bits)
    until_timeout_us = sent_us + TIMEOUT_US + _MARGIN_US
    if frame.expect_bits:
        first_us = sent_us + _FRAME_DELAY_US + frame_us(frame.expect_bits) + _MARGIN_US
        pauses_s = [first_us * 1e-6, (until_timeout_us - first_us) * 1e-6]
    else:
        pauses_s = [until_timeout_us * 1e-6]
    status = _Status(0, 0, 0, 0)
    for look in range(MAX_LOOKS):
        clock.sleep(pauses_s[look] if look < len(pauses_s) else _LOOK_AGAIN_S)
        # Taken before the look: a late host still sees what the chip has finished meanwhile.
        late = clock.monotonic_ns() > deadline_ns
        status = _look(chip)
        if status.irq & (ComIrq.RX | ComIrq.TIMER):
            return status
        if late:
            break
    if status.irq & ComIrq.TX:
        # The frame went out and something that came back stopped the timer.
        return status
    raise silent_chip(status.irq)


def _look(chip: ChipAccess) -> _Status:
    irq, error, level, control, version, tx_control, t_mode = read_registers(chip, _STATUS)
    if version not in KNOWN_VERSIONS:
        raise no_version(version)
    if (tx_control, t_mode) != (TX_ANTENNA_ON, TIMER_AUTO):
        raise BusFault(
            f"TxControlReg read 0x{tx_control:02X} and TModeReg 0x{t_mode:02X}, expected "
            f"0x{TX_ANTENNA_ON:02X} and 0x{TIMER_AUTO:02X}: the chip was reset in between",
            "check the reader's 3.3 V supply and its RST wire",
        )
    return _Status(irq, error, level, control)
