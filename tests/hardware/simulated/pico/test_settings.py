"""Which co-processors a forecourt may have."""

import pytest

from hardware.simulated.forecourt.settings import ForecourtSettings
from hardware.simulated.pico.settings import PicoSettings

SECOND = "e6614c311b000002"


def test_a_pump_has_one_co_processor_at_most() -> None:
    settings = ForecourtSettings(picos=(PicoSettings(pumps=(2,)),))
    assert (settings.has_pico(1), settings.has_pico(2)) == (False, True)
    with pytest.raises(ValueError, match=r"pumps \[1, 2, 2\] must differ"):
        ForecourtSettings(picos=(PicoSettings(), PicoSettings(serial=SECOND, pumps=(2,))))
    with pytest.raises(ValueError, match=r"pumps \[3\] must differ and be among \[1, 2\]"):
        ForecourtSettings(picos=(PicoSettings(pumps=(3,)),))


def test_serial_numbers_differ() -> None:
    with pytest.raises(ValueError, match="serial numbers must differ"):
        ForecourtSettings(picos=(PicoSettings(pumps=(1,)), PicoSettings(pumps=(2,))))
