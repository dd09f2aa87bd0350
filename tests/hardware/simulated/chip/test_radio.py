"""The chip with cards: timing on air, framing, collisions, errors."""

import pytest

from hardware.simulated.cards import Iso14443aCard
from hardware.simulated.cards.bits import Bits, to_bits
from hardware.simulated.cards.response import Response
from hardware.tag_reader.crc_a import with_crc_a
from hardware.tag_reader.registers import ComIrq, Command, ErrorBits, Register
from tests.hardware.simulated.chip.probe import Probe

BIT_US = 128 / 13.56
WUPA = b"\x52"
UID = b"\x04\xa1\xb2\xc3"


class Echo:
    """Answers every frame with one response; keeps what it heard."""

    gone = False

    def __init__(self, response: Response) -> None:
        self._response = response
        self.heard: list[Bits] = []

    def power(self, ready_at_ns: int | None) -> None:
        pass

    def answer(self, frame: Bits, now_ns: int) -> Response:
        self.heard.append(frame)
        return self._response


def test_an_answer_arrives_after_its_time_on_air(live: Probe) -> None:
    live.field.place(Iso14443aCard(UID))
    live.send(WUPA, framing=7)
    # 9 bits of request, 1236 carrier periods (its last bit is 1), 20 bits of answer.
    on_air_us = 9 * BIT_US + 1236 / 13.56 + 20 * BIT_US
    live.wait_us(on_air_us - 1)
    assert live.read(Register.COM_IRQ) & (ComIrq.TX | ComIrq.RX) == ComIrq.TX
    assert live.read(Register.FIFO_LEVEL) == 0
    live.wait_us(2)
    assert live.read(Register.COM_IRQ) & (ComIrq.RX | ComIrq.TIMER) == ComIrq.RX
    assert live.fifo() == b"\x04\x00"
    assert live.read(Register.CONTROL) & 0x07 == 0
    live.wait_us(10_000)
    assert not live.read(Register.COM_IRQ) & ComIrq.TIMER


def test_silence_ends_by_the_timer(live: Probe) -> None:
    live.send(WUPA, framing=7)
    live.wait_us(9 * BIT_US + 999)
    assert not live.read(Register.COM_IRQ) & ComIrq.TIMER
    live.wait_us(2)
    assert live.read(Register.COM_IRQ) & (ComIrq.RX | ComIrq.TIMER) == ComIrq.TIMER


def test_the_card_hears_exactly_the_bits_sent(live: Probe) -> None:
    echo = Echo(Response(to_bits(b"\xaa")))
    live.field.place(echo)
    live.send(b"\x93\x25\x15", framing=5)
    live.write(Register.COMMAND, Command.IDLE)
    assert echo.heard == [(*to_bits(b"\x93%"), 1, 0, 1, 0, 1)]


def test_start_send_needs_transceive_and_an_edge(live: Probe) -> None:
    echo = Echo(Response(to_bits(b"\xaa")))
    live.field.place(echo)
    live.write(Register.FIFO_DATA, 0x26)
    live.write(Register.BIT_FRAMING, 0x87)
    assert echo.heard == []
    live.write(Register.COMMAND, Command.TRANSCEIVE)
    live.write(Register.BIT_FRAMING, 0x87)
    assert echo.heard == []
    live.write(Register.BIT_FRAMING, 0x07)
    live.write(Register.BIT_FRAMING, 0x87)
    assert len(echo.heard) == 1


def test_idle_cancels_an_answer_under_way(live: Probe) -> None:
    live.field.place(Iso14443aCard(UID))
    live.send(WUPA, framing=7)
    live.wait_us(100)
    live.write(Register.COMMAND, Command.IDLE)
    live.wait_us(2000)
    assert not live.read(Register.COM_IRQ) & ComIrq.RX


def test_transmit_then_receive(live: Probe) -> None:
    live.field.place(Iso14443aCard(UID))
    live.write(Register.COM_IRQ, 0x7F)
    live.write(Register.BIT_FRAMING, 7)
    live.write(Register.FIFO_DATA, *WUPA)
    live.write(Register.COMMAND, Command.TRANSMIT)
    live.wait_us(9 * BIT_US + 1)
    assert live.read(Register.COM_IRQ) & (ComIrq.TX | ComIrq.IDLE) == 0x50
    live.write(Register.COMMAND, Command.RECEIVE)
    live.wait_us(1000)
    assert live.read(Register.COM_IRQ) & ComIrq.RX
    assert live.read(Register.COMMAND) == Command.IDLE
    assert live.fifo() == b"\x04\x00"


@pytest.mark.parametrize(("bits", "last"), [(4, 4), (8, 0), (13, 5)])
def test_last_bits_of_an_answer(live: Probe, bits: int, last: int) -> None:
    live.field.place(Echo(Response((1,) * bits)))
    live.send(b"\x30")
    live.wait_us(1500)
    assert live.read(Register.FIFO_LEVEL) == -(-bits // 8)
    assert live.read(Register.CONTROL) & 0x07 == last


def test_rx_align_shifts_the_first_byte(live: Probe) -> None:
    live.field.place(Echo(Response((1, 1, 1, 1, 1))))
    live.send(b"\x30", framing=3 << 4)
    live.wait_us(1500)
    assert live.fifo() == b"\xf8"


@pytest.mark.parametrize(
    ("differ_at", "coll"), [(0, 0x81), (7, 0x88), (30, 0x9F), (31, 0x80), (32, 0xA0), (39, 0xA0)]
)
def test_collision_position(live: Probe, differ_at: int, coll: int) -> None:
    for bit in (0, 1):
        bits = [0] * 40
        bits[differ_at] = bit
        live.field.place(Echo(Response(tuple(bits))))
    live.send(b"\x30")
    live.wait_us(1500)
    assert live.read(Register.ERROR) == ErrorBits.COLLISION
    assert live.read(Register.COLL) == coll
    assert live.read(Register.COM_IRQ) & (ComIrq.RX | ComIrq.ERROR) == 0x22


@pytest.mark.parametrize(("keep", "last_byte"), [(0x80, 0xFF), (0x00, 0x00)])
def test_values_after_a_collision(live: Probe, keep: int, last_byte: int) -> None:
    live.write(Register.COLL, keep)
    live.field.place(Echo(Response(to_bits(b"\x00\xff"))))
    live.field.place(Echo(Response(to_bits(b"\x01\xff"))))
    live.send(b"\x30")
    live.wait_us(1500)
    assert live.fifo() == bytes((0x01, last_byte))


@pytest.mark.parametrize(
    ("response", "rx_mode", "errors"),
    [
        (Response(to_bits(with_crc_a(b"\x08"))), 0x80, 0),
        (Response(to_bits(b"\x08\xb6\xdc")), 0x80, ErrorBits.CRC),
        (Response(to_bits(b"\x08\xb6\xdc")), 0x00, 0),
        (Response(to_bits(b"\x08\xb6\xdd"), parity_error=True), 0x00, ErrorBits.PARITY),
        (Response((1, 0, 1)), 0x00, ErrorBits.PROTOCOL),
        (Response(to_bits(bytes(65))), 0x00, ErrorBits.BUFFER_OVERFLOW),
    ],
)
def test_errors_of_an_answer(live: Probe, response: Response, rx_mode: int, errors: int) -> None:
    live.write(Register.RX_MODE, rx_mode)
    live.write(Register.MODE, 0x3D)
    live.field.place(Echo(response))
    live.send(b"\x30")
    live.wait_us(8000)
    assert live.read(Register.ERROR) == errors
    if rx_mode and not errors:
        assert live.fifo() == b"\x08"


def test_noise_is_ignored_when_told_so(live: Probe) -> None:
    live.write(Register.RX_MODE, 0x08)
    live.field.place(Echo(Response((1, 0, 1))))
    live.send(b"\x30")
    live.wait_us(2000)
    assert live.read(Register.COM_IRQ) & (ComIrq.RX | ComIrq.TIMER) == ComIrq.TIMER


def test_tx_crc(live: Probe) -> None:
    live.write(Register.MODE, 0x3D)
    live.write(Register.TX_MODE, 0x80)
    echo = Echo(Response((1, 0, 1, 0)))
    live.field.place(echo)
    live.send(b"\x50\x00")
    assert echo.heard == [to_bits(with_crc_a(b"\x50\x00"))]


def test_receiver_switched_off_hears_nothing(live: Probe) -> None:
    live.field.place(Iso14443aCard(UID))
    live.write(Register.BIT_FRAMING, 7)
    live.write(Register.FIFO_DATA, *WUPA)
    live.write(Register.COM_IRQ, 0x7F)
    live.write(Register.COMMAND, 0x20 | Command.TRANSCEIVE)
    live.write(Register.BIT_FRAMING, 0x87)
    live.wait_us(2000)
    assert live.read(Register.COM_IRQ) & (ComIrq.RX | ComIrq.TIMER) == ComIrq.TIMER


@pytest.mark.parametrize("off", [(Register.TX_CONTROL, 0x80), (Register.COMMAND, 0x10)])
def test_without_a_field_no_card_answers_and_each_forgets(
    live: Probe, off: tuple[int, int]
) -> None:
    card = Iso14443aCard(UID)
    live.field.place(card)
    live.write(*off)
    live.send(WUPA, framing=7) if off[0] == Register.TX_CONTROL else None
    live.wait_us(5100)
    assert live.read(Register.FIFO_LEVEL) == 0
    live.write(Register.COMMAND, Command.IDLE)
    live.write(Register.TX_CONTROL, 0x83)
    live.wait_us(4800)
    live.send(WUPA, framing=7)
    live.wait_us(1200)
    assert live.read(Register.FIFO_LEVEL) == 0, "the card was still starting"
    live.send(WUPA, framing=7)
    live.wait_us(1200)
    assert live.read(Register.FIFO_LEVEL) == 2
