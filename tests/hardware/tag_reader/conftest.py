from collections.abc import Iterator

import pytest

from hardware.simulated import bus
from hardware.simulated.chip.bench import Bench
from hardware.tag_reader.reader import Mfrc522Reader


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A chip standing where the SPI bus is."""
    bench = Bench()
    bus.install(bench.transfer)
    yield bench
    bus.uninstall()


@pytest.fixture
def reader(bench: Bench) -> Mfrc522Reader:
    reader = Mfrc522Reader(0, 1, bench)
    # As between two polls: the field has been up for a while.
    bench.sleep(0.1)
    return reader
