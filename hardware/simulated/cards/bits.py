"""Frames as they are on air: data bits, least significant first, without their parity bits."""

from collections.abc import Sequence
from typing import TypeAlias

Bits: TypeAlias = tuple[int, ...]


def to_bits(data: bytes, last_bits: int = 0) -> Bits:
    """`last_bits`: how many bits of the last byte count, 0 for all eight."""
    bits = tuple(byte >> place & 1 for byte in data for place in range(8))
    return bits[: len(bits) - (8 - last_bits)] if last_bits and bits else bits


def to_bytes(bits: Sequence[int]) -> bytes:
    """The last byte is padded with zero bits."""
    return bytes(
        sum(bit << place for place, bit in enumerate(bits[start : start + 8]))
        for start in range(0, len(bits), 8)
    )
