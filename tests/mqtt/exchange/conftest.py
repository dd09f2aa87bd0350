"""A gateway that has just connected."""

import pytest

from tests.mqtt.exchange.gateway import Gateway


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()
