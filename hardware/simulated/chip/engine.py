"""The chip's commands (data sheet, section 10.3): CRC unit, transmitter and receiver."""

from hardware.simulated.cards.bits import Bits, to_bits
from hardware.simulated.cards.field import Field
from hardware.simulated.cards.response import Response
from hardware.simulated.chip import radio
from hardware.simulated.chip.state import COMMAND_BITS, ChipState
from hardware.tag_reader.crc_a import crc_a
from hardware.tag_reader.registers import TIMER_AUTO, ComIrq, Command, ErrorBits, Register

RECEIVER_OFF = 0x20
POWER_DOWN = 0x10
CRC_IRQ = 0x04
CRC_ENABLE = 0x80
_RX_NO_ERR = 0x08
_ANTENNA_DRIVERS = 0x03
_WAKE_UP_NS = 37_760
"""1,024 periods of the 27.12 MHz oscillator (section 8.6.2)."""
_CRC_NS_PER_BYTE = 590
"""Eight bits at 13.56 MHz."""


class Engine:
    def __init__(self, state: ChipState, field: Field) -> None:
        self._state = state
        self._field = field
        self._crc = 0
        self._on_air: tuple[int, Response] | None = None
        """An answer and when it starts."""
        self._awake_ns = 0

    @property
    def waking(self) -> bool:
        """Soft power-down has been left, the oscillator does not swing yet."""
        return self._state.now_ns < self._awake_ns

    def command(self, value: int) -> None:
        """CommandReg is written."""
        state = self._state
        command = value & COMMAND_BITS
        if command == Command.SOFT_RESET:
            state.reset()
            self._on_air = None
            self.power_field()
            return
        was_down = state.registers[Register.COMMAND] & POWER_DOWN
        if command == Command.NO_CHANGE:
            command = state.running
            fresh = False
        else:
            fresh = True
        state.registers[Register.COMMAND] = value & (RECEIVER_OFF | POWER_DOWN) | command
        if was_down and not value & POWER_DOWN:
            self._awake_ns = state.now_ns + _WAKE_UP_NS
        self.power_field()
        if fresh:
            # Only a new command interrupts the old one and clears its errors.
            state.timeline.clear()
            state.registers[Register.ERROR] &= ErrorBits.TEMPERATURE | ErrorBits.BUFFER_OVERFLOW
            self._begin(command)

    def _begin(self, command: int) -> None:
        state = self._state
        if state.registers[Register.COMMAND] & POWER_DOWN or self.waking:
            return
        match command:
            case Command.IDLE | Command.TRANSCEIVE:
                pass
            case Command.CALC_CRC:
                preset = state.registers[Register.MODE] & 0x03
                self._crc = radio.CRC_PRESETS[preset]
                self.calculate_crc()
            case Command.TRANSMIT:
                self.transmit()
            case Command.RECEIVE:
                self._listen()
            case Command.MF_AUTHENT:
                state.fifo.drain()
                state.fail(ErrorBits.PROTOCOL)
                state.finish_command()
            case _:
                state.finish_command()

    def power_field(self) -> None:
        """TxControlReg or the power-down bit was written."""
        registers = self._state.registers
        down = registers[Register.COMMAND] & POWER_DOWN
        on = bool(registers[Register.TX_CONTROL] & _ANTENNA_DRIVERS) and not down
        self._field.power(self._state.now_ns, on=on)

    def calculate_crc(self) -> None:
        """Take what is in the FIFO; CalcCRC stays active and takes later bytes too."""
        state = self._state
        data = state.fifo.drain()
        state.fifo_changed()
        self._crc = int.from_bytes(crc_a(data, self._crc), "little")
        done_ns = state.now_ns + len(data) * _CRC_NS_PER_BYTE
        state.timeline.add(done_ns, self._crc_done)

    def _crc_done(self, _now_ns: int) -> None:
        registers = self._state.registers
        registers[Register.CRC_RESULT_HIGH] = self._crc >> 8
        registers[Register.CRC_RESULT_LOW] = self._crc & 0xFF
        registers[Register.DIV_IRQ] |= CRC_IRQ

    def transmit(self) -> None:
        """Send the FIFO: StartSend during Transceive, or Transmit."""
        state = self._state
        state.timeline.clear()
        data = state.fifo.drain()
        if not data:
            return
        if state.registers[Register.TX_MODE] & CRC_ENABLE:
            preset = radio.CRC_PRESETS[state.registers[Register.MODE] & 0x03]
            data += crc_a(data, preset)
        frame = to_bits(data, state.registers[Register.BIT_FRAMING] & 0x07)
        sent_ns = state.now_ns + radio.frame_ns(len(frame))
        state.timeline.add(sent_ns, self._sent)
        self._on_air = self._answer(frame, sent_ns)

    def _answer(self, frame: Bits, sent_ns: int) -> tuple[int, Response] | None:
        response = self._field.answer(frame, sent_ns)
        if response is None:
            return None
        return sent_ns + radio.frame_delay_ns(frame[-1]) + response.latency_ns, response

    def _sent(self, now_ns: int) -> None:
        state = self._state
        state.raise_irq(ComIrq.TX)
        state.fifo_changed()
        if state.registers[Register.T_MODE] & TIMER_AUTO:
            state.start_timer(now_ns)
        if state.running == Command.TRANSCEIVE:
            self._listen()
        else:
            state.finish_command()

    def _listen(self) -> None:
        state = self._state
        on_air, self._on_air = self._on_air, None
        if on_air is None or state.registers[Register.COMMAND] & RECEIVER_OFF:
            return
        starts_ns, response = on_air
        if starts_ns < state.now_ns:
            return
        if len(response.bits) >= 4:
            state.timeline.add(starts_ns + radio.fifth_bit_ns(), self._fifth_bit)
        ends_ns = starts_ns + radio.frame_ns(len(response.bits))
        state.timeline.add(ends_ns, lambda _now_ns: self._received(response))

    def _fifth_bit(self, now_ns: int) -> None:
        if self._state.registers[Register.T_MODE] & TIMER_AUTO:
            self._state.timer.stop(now_ns)

    def _received(self, response: Response) -> None:
        state = self._state
        registers = state.registers
        settings = radio.ReceiverSettings(
            align=registers[Register.BIT_FRAMING] >> 4 & 0x07,
            check_crc=bool(registers[Register.RX_MODE] & CRC_ENABLE),
            crc_preset=radio.CRC_PRESETS[registers[Register.MODE] & 0x03],
            ignore_noise=bool(registers[Register.RX_MODE] & _RX_NO_ERR),
            keep_after_collision=bool(registers[Register.COLL] & 0x80),
        )
        received = radio.receive(response, settings)
        if received is None:
            return
        for byte in received.data:
            state.push(byte)
        registers[Register.CONTROL] = registers[Register.CONTROL] & 0xF8 | received.last_bits
        registers[Register.COLL] = registers[Register.COLL] & 0x80 | received.collision
        state.fail(received.errors)
        state.raise_irq(ComIrq.RX)
        if state.running == Command.RECEIVE:
            state.finish_command()
