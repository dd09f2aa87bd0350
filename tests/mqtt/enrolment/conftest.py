from pathlib import Path

import pytest

from tests.mqtt.enrolment.office import Device, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


@pytest.fixture
def device() -> Device:
    return Device()
