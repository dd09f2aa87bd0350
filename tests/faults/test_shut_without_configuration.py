"""Signal 9 in mid-fill, and by then the configuration is gone: `takar shut` shuts all the same.

With a second contact that does not break the enable relay is what fuel goes on through.
"""

import signal

from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import NL_PER_ML


def test_killed_in_mid_flow_and_the_configuration_gone(make_station: MakeStation) -> None:
    station = make_station()
    station.start_forecourt("hold")
    station.start_gateway()
    start_nl = station.pump()["dispensed_nl"]
    station.begin(station.card())
    until("a litre", lambda: station.pump()["dispensed_nl"] - start_nl > 1000 * NL_PER_ML)
    station.control.ask("fault", pump=1, name="limiter_welded")
    station.gateway.process.send_signal(signal.SIGKILL)
    station.gateway.kill()
    file = station.folder / station.configuration
    file.rename(file.with_suffix(".away"))
    killed_nl = station.pump()["dispensed_nl"]
    until("fuel to go on", lambda: station.pump()["dispensed_nl"] > killed_nl)

    status, said = station.run("shut", "--config", str(file))
    assert status == 1
    assert f"{file}: file: expected a readable TOML file" in said
    assert "takar shut: pump 1: timer feed on GPIO 27: told to break" in said
    assert not station.pump()["enable_made"]
    station.stands_still()
