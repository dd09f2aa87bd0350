"""A real gateway over a simulated co-processor: fills to the pulse, whatever its cable suffers."""

import pytest

from tests.faults.conftest import MakeStation
from tests.faults.station import NL_PER_ML, PULSE_ML, Station

LITRE_NL = 1000 * NL_PER_ML


@pytest.fixture
def station(make_station: MakeStation) -> Station:
    station = make_station()
    station.fit_pico()
    station.start_forecourt()
    station.start_gateway()
    return station


def test_a_fill_is_sold_to_the_pulse(station: Station) -> None:
    start_nl = station.pump()["dispensed_nl"]
    sale = station.fill(station.card(), free_ml=2345)
    flowed_ml = (station.pump()["dispensed_nl"] - start_nl) / NL_PER_ML
    assert 0 <= flowed_ml - sale.volume_ml < PULSE_ML
    assert not sale.estimated
