"""The MFRC522 as its SPI master sees it."""

from hardware.simulated.cards.field import Field
from hardware.simulated.chip.engine import POWER_DOWN, Engine
from hardware.simulated.chip.reset_values import READ_ONLY
from hardware.simulated.chip.state import ChipState
from hardware.tag_reader.registers import FLUSH_FIFO, START_SEND, Command, Register

VERSION_2 = 0x92

_READ = 0x80
_SET = 0x80
_AUTHENTICATED = 0x08
_TIMER_STOP, _TIMER_START = 0x80, 0x40


class Mfrc522Chip:
    """Registers, FIFO, timer, CRC unit and 106 kbit/s radio of one chip before one field.

    A function of its transfers and their times only: it keeps no clock and starts no thread.
    Left out: Crypto1 (MFAuthent ends in a protocol error), self test, internal buffer, higher
    bit rates, RxMultiple. A received frame is in the FIFO at its end, not byte by byte.
    """

    def __init__(self, field: Field, version: int = VERSION_2) -> None:
        self._state = ChipState(version)
        self._engine = Engine(self._state, field)

    def transfer(self, data: bytes, now_ns: int) -> bytes:
        """One SPI transaction, chip select low throughout; as many bytes come back.

        The first byte's bit 7 chooses reading, bits 6 to 1 are the address. Reading takes one
        address a byte and answers one byte later; writing sends all bytes to the one address
        (data sheet, section 8.1.2). It happens at the instant `now_ns`, which must not run
        backwards: ValueError.
        """
        if now_ns < self._state.now_ns:
            raise ValueError(f"time ran backwards: {now_ns} ns after {self._state.now_ns} ns")
        self._state.advance(now_ns)
        if not data:
            return b""
        if data[0] & _READ:
            return bytes([0, *(self._read(byte >> 1 & 0x3F) for byte in data[:-1])])
        for byte in data[1:]:
            self._write(data[0] >> 1 & 0x3F, byte)
        return bytes(len(data))

    def _read(self, address: int) -> int:
        state = self._state
        match address:
            case Register.FIFO_DATA:
                value = state.fifo.pop()
                state.fifo_changed()
                return value
            case Register.FIFO_LEVEL:
                return state.fifo.level
            case Register.COMMAND:
                return state.registers[address] | (POWER_DOWN if self._engine.waking else 0)
            case Register.STATUS1:
                return state.status1()
            case Register.T_COUNTER_HIGH:
                return state.timer.value(state.now_ns) >> 8
            case Register.T_COUNTER_LOW:
                return state.timer.value(state.now_ns) & 0xFF
        return state.registers[address]

    def _write(self, address: int, value: int) -> None:
        state = self._state
        registers = state.registers
        match address:
            case Register.COMMAND:
                self._engine.command(value)
            case Register.COM_IRQ | Register.DIV_IRQ:
                self._mark(address, value)
            case Register.FIFO_DATA:
                state.push(value)
                if state.running == Command.CALC_CRC:
                    self._engine.calculate_crc()
            case Register.FIFO_LEVEL:
                if value & FLUSH_FIFO:
                    state.flush()
            case Register.CONTROL:
                self._control(value)
            case Register.BIT_FRAMING:
                starts = value & ~registers[address] & START_SEND
                registers[address] = value
                if starts and state.running == Command.TRANSCEIVE:
                    self._engine.transmit()
            case Register.COLL:
                registers[address] = (value & 0x80) | (registers[address] & 0x3F)
            case Register.STATUS2:
                # Software can clear MFCrypto1On but not set it.
                kept = registers[address] & value & _AUTHENTICATED
                registers[address] = value & ~_AUTHENTICATED | kept
            case Register.TX_CONTROL:
                registers[address] = value
                self._engine.power_field()
            case _ if address not in READ_ONLY:
                registers[address] = value

    def _mark(self, address: int, value: int) -> None:
        bits = value & 0x7F
        if value & _SET:
            self._state.registers[address] |= bits
        else:
            self._state.registers[address] &= ~bits

    def _control(self, value: int) -> None:
        if value & _TIMER_STOP:
            self._state.timer.stop(self._state.now_ns)
        if value & _TIMER_START:
            self._state.start_timer(self._state.now_ns)
