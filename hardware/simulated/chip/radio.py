"""How long frames take on air, and what the receiver makes of an answer."""

from dataclasses import dataclass

from hardware.simulated.cards.bits import Bits, to_bytes
from hardware.simulated.cards.response import Response
from hardware.tag_reader.crc_a import crc_a
from hardware.tag_reader.registers import ErrorBits

_CARRIER_HZ = 13_560_000
_NS_PER_S = 1_000_000_000
_CYCLES_PER_BIT = 128
_MIN_VALID_BITS = 4
"""Shorter data streams are no valid frame (data sheet, section 9.3.2.4, RxNoErr)."""

COLL_POSITION_NOT_VALID = 0x20
CRC_PRESETS = {0: 0x0000, 1: 0x6363, 2: 0xA671, 3: 0xFFFF}
"""ModeReg's CRCPreset (section 9.3.2.2)."""


def _cycles_ns(cycles: int) -> int:
    return cycles * _NS_PER_S // _CARRIER_HZ


def frame_ns(bits: int) -> int:
    """A frame at 106 kbit/s: start, data, a parity bit a whole byte, end."""
    return _cycles_ns((bits + bits // 8 + 2) * _CYCLES_PER_BIT)


def fifth_bit_ns() -> int:
    """From an answer's start until its fifth bit, which stops the timer."""
    return _cycles_ns(5 * _CYCLES_PER_BIT)


def frame_delay_ns(last_bit: int) -> int:
    """From the end of our frame to the answer's start (ISO/IEC 14443-3, section 6.2.1.1)."""
    return _cycles_ns(1236 if last_bit else 1172)


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    align: int
    """BitFramingReg's RxAlign: where the first bit lands in the first byte."""
    check_crc: bool
    crc_preset: int
    ignore_noise: bool
    keep_after_collision: bool


@dataclass(frozen=True, slots=True)
class Received:
    data: bytes
    last_bits: int
    errors: ErrorBits
    collision: int
    """CollReg's bits 5 to 0."""


def receive(response: Response, settings: ReceiverSettings) -> Received | None:
    """What ends up in FIFO and registers; None for noise that the receiver ignores."""
    errors = ErrorBits(0)
    bits = response.bits
    if len(bits) < _MIN_VALID_BITS:
        if settings.ignore_noise:
            return None
        errors |= ErrorBits.PROTOCOL
    if response.parity_error:
        errors |= ErrorBits.PARITY
    collision = COLL_POSITION_NOT_VALID
    if response.collision_at is not None:
        errors |= ErrorBits.COLLISION
        position = settings.align + response.collision_at + 1
        if position <= 32:
            collision = position & 0x1F
        if not settings.keep_after_collision:
            after = response.collision_at + 1
            bits = bits[:after] + (0,) * (len(bits) - after)
    elif settings.check_crc:
        data = to_bytes(bits)
        if len(bits) % 8 or len(data) < 2 or crc_a(data[:-2], settings.crc_preset) != data[-2:]:
            errors |= ErrorBits.CRC
        else:
            bits = bits[:-16]
    aligned: Bits = (0,) * settings.align + bits
    return Received(to_bytes(aligned), len(aligned) % 8, errors, collision)
