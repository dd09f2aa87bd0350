"""The simulated forecourt of tests/hardware, for whoever examines it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hardware.conftest import Forecourts


@pytest.fixture
def forecourts() -> Iterator[Forecourts]:
    forecourts = Forecourts()
    yield forecourts
    forecourts.stop_all()


@pytest.fixture
def start_forecourt(forecourts: Forecourts) -> Callable[..., Path]:
    return forecourts.start
