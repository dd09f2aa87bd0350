"""The chip's 64-byte FIFO (data sheet, section 8.3)."""

SIZE = 64


class Fifo:
    def __init__(self) -> None:
        self._bytes = bytearray()

    @property
    def level(self) -> int:
        return len(self._bytes)

    def push(self, byte: int) -> bool:
        """Append a byte; False when it overflowed and was lost."""
        if len(self._bytes) >= SIZE:
            return False
        self._bytes.append(byte)
        return True

    def pop(self) -> int:
        """The oldest byte; 0 when empty."""
        return self._bytes.pop(0) if self._bytes else 0

    def drain(self) -> bytes:
        data = bytes(self._bytes)
        self._bytes.clear()
        return data

    def high_alert(self, water_level: int) -> bool:
        return SIZE - self.level <= water_level

    def low_alert(self, water_level: int) -> bool:
        return self.level <= water_level
