import pytest

from tests.hardware.simulated.chip.probe import Probe


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def live() -> Probe:
    """With the field on and the timer set."""
    probe = Probe()
    probe.field_on()
    probe.timer()
    return probe
