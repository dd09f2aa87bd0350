"""CRC_A of ISO/IEC 14443-3, annex B."""

_PRESET = 0x6363
_POLYNOMIAL_REVERSED = 0x8408


def crc_a(data: bytes, preset: int = _PRESET) -> bytes:
    """The two check bytes in the order they are sent (low byte first)."""
    register = preset
    for byte in data:
        register ^= byte
        for _ in range(8):
            low = register & 1
            register >>= 1
            if low:
                register ^= _POLYNOMIAL_REVERSED
    return register.to_bytes(2, "little")


def with_crc_a(data: bytes) -> bytes:
    return data + crc_a(data)


def crc_a_ok(frame: bytes) -> bool:
    """True when a frame of at least one data byte ends with its own CRC_A."""
    return len(frame) > 2 and crc_a(frame[:-2]) == frame[-2:]
