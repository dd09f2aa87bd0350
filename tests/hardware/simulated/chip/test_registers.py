"""The chip without a card: SPI format, FIFO, interrupt bits, CRC unit, timer, reset, power."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.simulated import bus
from hardware.simulated.cards import Field
from hardware.simulated.chip import Mfrc522Chip
from hardware.simulated.chip.bench import Bench
from hardware.tag_reader.crc_a import crc_a
from hardware.tag_reader.registers import ComIrq, Command, ErrorBits, Register
from tests.hardware.simulated.chip.probe import Probe

LIBRARY_NAMES = {
    "COMMAND": "CommandReg",
    "COM_IRQ_ENABLE": "CommIEnReg",
    "COM_IRQ": "CommIrqReg",
    "DIV_IRQ": "DivIrqReg",
    "ERROR": "ErrorReg",
    "STATUS1": "Status1Reg",
    "STATUS2": "Status2Reg",
    "FIFO_DATA": "FIFODataReg",
    "FIFO_LEVEL": "FIFOLevelReg",
    "WATER_LEVEL": "WaterLevelReg",
    "CONTROL": "ControlReg",
    "BIT_FRAMING": "BitFramingReg",
    "COLL": "CollReg",
    "MODE": "ModeReg",
    "TX_MODE": "TxModeReg",
    "RX_MODE": "RxModeReg",
    "TX_CONTROL": "TxControlReg",
    "TX_ASK": "TxAutoReg",
    "DEMOD": "DemodReg",
    "CRC_RESULT_HIGH": "CRCResultRegM",
    "CRC_RESULT_LOW": "CRCResultRegL",
    "T_MODE": "TModeReg",
    "T_PRESCALER": "TPrescalerReg",
    "T_RELOAD_HIGH": "TReloadRegH",
    "T_RELOAD_LOW": "TReloadRegL",
    "T_COUNTER_HIGH": "TCounterValueRegH",
    "T_COUNTER_LOW": "TCounterValueRegL",
    "VERSION": "VersionReg",
}


def test_addresses_are_the_librarys() -> None:
    bus.install(Bench().transfer)
    try:
        from mfrc522 import MFRC522

        found = {name: getattr(MFRC522, theirs) for name, theirs in LIBRARY_NAMES.items()}
    finally:
        bus.uninstall()
    assert found == {register.name: register.value for register in Register}


def test_one_read_takes_several_registers(probe: Probe) -> None:
    wanted = (Register.VERSION, Register.TX_CONTROL, Register.WATER_LEVEL)
    sent = bytes(0x80 | register << 1 for register in wanted) + b"\x00"
    assert probe.chip.transfer(sent, 0) == bytes((0, 0x92, 0x80, 0x08))


def test_an_empty_transfer_and_time_running_backwards(probe: Probe) -> None:
    assert probe.chip.transfer(b"", 5) == b""
    with pytest.raises(ValueError, match="backwards"):
        probe.chip.transfer(b"", 4)


def test_read_only_registers_stay(probe: Probe) -> None:
    for register in (Register.VERSION, Register.ERROR, Register.CRC_RESULT_LOW):
        before = probe.read(register)
        probe.write(register, before ^ 0xFF)
        assert probe.read(register) == before


@given(st.binary(max_size=80))
def test_fifo_keeps_64_bytes_and_says_when_it_lost_some(data: bytes) -> None:
    probe = Probe()
    probe.write(Register.FIFO_DATA, *data)
    assert probe.read(Register.FIFO_LEVEL) == min(len(data), 64)
    lost = len(data) > 64
    assert bool(probe.read(Register.ERROR) & ErrorBits.BUFFER_OVERFLOW) is lost
    assert bool(probe.read(Register.COM_IRQ) & ComIrq.ERROR) is lost
    assert probe.fifo() == data[:64]
    assert probe.read(Register.FIFO_DATA) == 0


def test_flush_empties_the_fifo_and_clears_the_overflow(probe: Probe) -> None:
    probe.write(Register.FIFO_DATA, *bytes(65))
    probe.write(Register.FIFO_LEVEL, 0x80)
    assert probe.read(Register.FIFO_LEVEL) == 0
    assert probe.read(Register.ERROR) == 0


@pytest.mark.parametrize(("level", "high", "low"), [(8, 0, 1), (9, 0, 0), (55, 0, 0), (56, 2, 0)])
def test_water_level(probe: Probe, level: int, high: int, low: int) -> None:
    probe.write(Register.FIFO_DATA, *bytes(level))
    assert probe.read(Register.STATUS1) & 0x03 == high | low


def test_interrupt_bits_are_set_and_cleared_by_mask(probe: Probe) -> None:
    probe.write(Register.COM_IRQ, 0x7F)
    assert probe.read(Register.COM_IRQ) == 0
    probe.write(Register.COM_IRQ, 0x80 | 0x21)
    assert probe.read(Register.COM_IRQ) == 0x21
    probe.write(Register.COM_IRQ, 0x20)
    assert probe.read(Register.COM_IRQ) == 0x01
    probe.write(Register.COM_IRQ_ENABLE, 0x01)
    assert probe.read(Register.STATUS1) & 0x10


@given(st.binary(min_size=1, max_size=64))
def test_crc_unit(data: bytes) -> None:
    probe = Probe()
    probe.write(Register.MODE, 0x3D)
    probe.write(Register.FIFO_DATA, *data)
    probe.write(Register.DIV_IRQ, 0x04)
    probe.write(Register.COMMAND, Command.CALC_CRC)
    assert probe.read(Register.DIV_IRQ) & 0x04 == 0
    assert not probe.read(Register.STATUS1) & 0x20
    probe.wait_us(1 + 0.6 * len(data))
    assert probe.read(Register.DIV_IRQ) & 0x04
    assert probe.read(Register.STATUS1) & 0x20
    result = bytes((probe.read(Register.CRC_RESULT_LOW), probe.read(Register.CRC_RESULT_HIGH)))
    assert result == crc_a(data)


def test_crc_unit_takes_bytes_that_come_later(probe: Probe) -> None:
    probe.write(Register.MODE, 0x3D)
    probe.write(Register.COMMAND, Command.CALC_CRC)
    for byte in b"\xe0\x50":
        probe.write(Register.FIFO_DATA, byte)
        probe.wait_us(2)
    assert probe.read(Register.CRC_RESULT_LOW) == 0xBC
    assert probe.read(Register.CRC_RESULT_HIGH) == 0xA5


@pytest.mark.parametrize(("even", "tick_us"), [(0x4D, 339 / 13.56), (0x5D, 340 / 13.56)])
def test_timer_counts_and_expires_on_its_tick(probe: Probe, even: int, tick_us: float) -> None:
    probe.write(Register.DEMOD, even)
    probe.timer(prescaler=169, reload=999, mode=0)
    probe.write(Register.COM_IRQ, 0x7F)
    probe.write(Register.CONTROL, 0x40)
    probe.wait_us(10.5 * tick_us)
    assert probe.read(Register.T_COUNTER_HIGH) << 8 | probe.read(Register.T_COUNTER_LOW) == 989
    assert probe.read(Register.STATUS1) & 0x08
    probe.wait_us(989.4 * tick_us)
    assert not probe.read(Register.COM_IRQ) & ComIrq.TIMER
    probe.wait_us(0.2 * tick_us)
    assert probe.read(Register.COM_IRQ) & ComIrq.TIMER
    assert not probe.read(Register.STATUS1) & 0x08


def test_timer_stopped_keeps_its_value(probe: Probe) -> None:
    probe.timer(mode=0)
    probe.write(Register.CONTROL, 0x40)
    probe.wait_us(110)
    probe.write(Register.CONTROL, 0x80)
    probe.wait_us(10_000)
    assert probe.read(Register.T_COUNTER_LOW) == 39 - 4
    assert not probe.read(Register.COM_IRQ) & ComIrq.TIMER


def test_timer_restarts_by_itself(probe: Probe) -> None:
    probe.timer(mode=0x10)
    probe.write(Register.CONTROL, 0x40)
    for _ in range(3):
        probe.wait_us(1001)
        assert probe.read(Register.COM_IRQ) & ComIrq.TIMER
        probe.write(Register.COM_IRQ, 0x01)


@pytest.mark.parametrize("command", [0x1, 0x5, 0xB])
def test_unknown_commands_end_at_once(probe: Probe, command: int) -> None:
    probe.write(Register.COM_IRQ, 0x7F)
    probe.write(Register.COMMAND, command)
    assert probe.read(Register.COMMAND) == Command.IDLE
    assert probe.read(Register.COM_IRQ) & ComIrq.IDLE


def test_authentication_answers_with_an_error(probe: Probe) -> None:
    probe.write(Register.FIFO_DATA, *bytes(12))
    probe.write(Register.COMMAND, Command.MF_AUTHENT)
    assert probe.read(Register.ERROR) == ErrorBits.PROTOCOL
    assert probe.read(Register.COM_IRQ) & (ComIrq.IDLE | ComIrq.ERROR) == 0x12
    probe.write(Register.STATUS2, 0x08)
    assert probe.read(Register.STATUS2) == 0
    probe.write(Register.COMMAND, Command.IDLE)
    assert probe.read(Register.ERROR) == 0


def test_soft_reset_restores_every_register(probe: Probe) -> None:
    fresh = Mfrc522Chip(Field())
    for address in range(64):
        if address != Register.COMMAND:
            probe.write(address, 0x5A)
    probe.write(Register.COMMAND, Command.SOFT_RESET)
    for address in range(64):
        sent = bytes((0x80 | address << 1, 0))
        assert probe.chip.transfer(sent, probe.now_ns) == fresh.transfer(sent, 0), hex(address)


def test_power_down_keeps_registers_and_takes_time_to_leave(live: Probe) -> None:
    live.write(Register.COMMAND, 0x10)
    assert live.read(Register.COMMAND) & 0x10
    assert live.read(Register.TX_CONTROL) == 0x83
    live.write(Register.COMMAND, 0x00)
    assert live.read(Register.COMMAND) & 0x10
    live.wait_us(40)
    assert live.read(Register.COMMAND) == 0


def test_no_change_leaves_the_command_running(live: Probe) -> None:
    live.write(Register.COMMAND, Command.TRANSCEIVE)
    live.write(Register.COMMAND, Command.NO_CHANGE)
    assert live.read(Register.COMMAND) == Command.TRANSCEIVE
