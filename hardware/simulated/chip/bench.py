"""One chip on a bench: simulated time, every SPI transfer counted. For tests and benchmarks."""

from collections.abc import Callable

from hardware.simulated.cards.field import Field
from hardware.simulated.chip.core import Mfrc522Chip

SPI_HZ = 1_000_000
"""The mfrc522 library's default."""
_NS_PER_BYTE = 8 * 1_000_000_000 // SPI_HZ


class Bench:
    """Is the clock (hardware.ports.Clock) of whoever drives the chip through `transfer`.

    Time moves by each transfer's wire time and by what is slept, by nothing else.
    """

    def __init__(self) -> None:
        self.field = Field()
        self.chip = Mfrc522Chip(self.field)
        self.now_ns = 0
        self.transfers = 0
        self.fault: Callable[[bytes, bytes], bytes] | None = None
        """Given what was sent and what the chip answered, what arrives."""

    def transfer(self, _bus: int, _device: int, data: bytes) -> bytes:
        self.transfers += 1
        self.now_ns += len(data) * _NS_PER_BYTE
        answer = self.chip.transfer(data, self.now_ns)
        return self.fault(data, answer) if self.fault else answer

    def monotonic_ns(self) -> int:
        return self.now_ns

    def utc_ns(self) -> int:
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)
