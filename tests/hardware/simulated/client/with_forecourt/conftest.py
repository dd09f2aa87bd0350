"""A station on the real forecourt, in simulated time or in real."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.hardware.simulated.client.with_forecourt.station import Station


@pytest.fixture
def start_station(start_forecourt: Callable[..., Path]) -> Iterator[Callable[..., Station]]:
    with ExitStack() as ends:
        yield lambda **settings: Station(start_forecourt(**settings), ends)


@pytest.fixture
def station(start_station: Callable[..., Station]) -> Station:
    return start_station(time="simulated", start_utc_ns=1_762_128_000_000_000_000)
