"""Signal 9 to the gateway in mid-flow, with a co-processor as the limiter.

Whatever the dead process's pins are left at, the chip shuts within its lease, counts what ran on,
and the sale is exact. What passes is read from the forecourt, below every driver of ours.
"""

import signal
from typing import Literal

import pytest

from tests.faults.conftest import MakeStation
from tests.faults.records import until
from tests.faults.station import MAX_FLOW_ML_PER_S, NL_PER_ML, PULSE_ML

NS_PER_S = 1_000_000_000
LEASE_S, TICK_S, RELAY_S = 0.300, 0.005, 0.010
VALVE_LAG_S = 0.180 + 0.010
"""The simulated valve's, with its jitter."""
PASSES_ML = (LEASE_S + TICK_S + RELAY_S + VALVE_LAG_S) * MAX_FLOW_ML_PER_S


@pytest.mark.parametrize("release", ["low", "hold"])
def test_killed_in_mid_flow(make_station: MakeStation, release: Literal["low", "hold"]) -> None:
    station = make_station()
    station.fit_pico()
    station.start_forecourt(release)
    station.start_gateway()
    start_nl = station.pump()["dispensed_nl"]
    card = station.card()
    station.begin(card)
    until("a litre", lambda: station.pump()["dispensed_nl"] - start_nl > 1000 * NL_PER_ML)

    before = station.control.ask("status")
    station.gateway.process.send_signal(signal.SIGKILL)
    after = station.control.ask("status")
    shut = station.stands_still()
    station.gateway.kill()
    passed_ml = (shut["dispensed_nl"] - before["pumps"][0]["dispensed_nl"]) / NL_PER_ML
    late_s = (after["now_ns"] - before["now_ns"]) / NS_PER_S
    print(
        f"release={release}: {passed_ml:.0f} ml passed after the kill "
        f"(lease and valve {PASSES_ML:.0f} ml, read {late_s * 1000:.0f} ms around it)"
    )
    assert 0 < passed_ml <= PASSES_ML + late_s * MAX_FLOW_ML_PER_S
    # Where the pins fall the flow ends before the lease does.
    until("the chip broke its contact", lambda: not station.pump()["limiter_made"])

    station.start_gateway()
    (sale,) = station.sales_of(card)
    assert not sale.estimated
    assert 0 <= (shut["dispensed_nl"] - start_nl) / NL_PER_ML - sale.volume_ml < PULSE_ML
    now = station.pump()
    assert now["lever"] == "squeezed"
    assert not now["enable_made"]
    assert not now["limiter_made"]
    assert now["dispensed_nl"] == shut["dispensed_nl"]
    assert not station.open_sessions()

    station.do("hang")
    assert abs(station.fill(station.card()).volume_ml - 300) <= PULSE_ML
    assert not station.entries("flow.uncounted")
    assert station.verify().endswith("nothing wrong")
