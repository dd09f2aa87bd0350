"""An office into which exports are taken."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mqtt.central.conftest import make_office
from tests.mqtt.central.office import Office

__all__ = ["make_office"]


@pytest.fixture
def office(make_office: Callable[[Path], Office], tmp_path: Path) -> Iterator[Office]:
    made = make_office(tmp_path)
    yield made
    made.engine.dispose()
