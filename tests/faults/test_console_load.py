"""A console that is flooded, hangs or dies costs the pump nothing.

Three fills that end at a tank's limit: with no console at all, under a flood, and with a console
that is stopped and then killed. Compared is fuel: what passed beyond the limit, and how far the
count had moved from one state of the gateway to the next, which a loop that stood still would
show in a leap.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from gateway.demo.scenario import Card
from gateway.runtime.status import Snapshot
from tests.faults.flood import Flood
from tests.faults.records import until
from tests.faults.station import MAX_FLOW_ML_PER_S, NL_PER_ML, PULSE_ML, STOP_BOUND_ML, Station

MOST_KB = 60_000
LEAP_ML = 1.5 * MAX_FLOW_ML_PER_S
"""As much as flows in a second and a half: a loop that stood still so long has lost its lease."""


class Filled(NamedTuple):
    volume_ml: int
    beyond_ml: int
    """Past the limit: a new valve's lag, of which little was learned yet."""
    leap_ml: int
    ended_by: str


def filled(station: Station, card: Card, meanwhile: Callable[[], Any]) -> Filled:
    """A fill up to the limit of a small tank, while something else goes on."""
    before_nl = station.pump()["dispensed_nl"]
    seen: list[int] = []
    stop_ml = station.authorise(card).stop_ml
    assert stop_ml is not None

    def note(snapshot: Snapshot) -> bool:
        pump = snapshot.pumps[0]
        seen.append(pump.volume_ml)
        return pump.state not in ("authorised", "dispensing")

    with meanwhile():
        station.do("lift")
        station.do("squeeze")
        station.see("the end of the fill", note)
    station.do("hang")
    station.see_pump(1, "the sale to be recorded", lambda p: p.state == "idle")
    (sold,) = [
        entry.data for entry in station.entries("sale.completed") if entry.data["card"] == card.uid
    ]
    passed_ml = (station.pump()["dispensed_nl"] - before_nl) // NL_PER_ML
    assert abs(sold["volume_ml"] - passed_ml) <= PULSE_ML, "each pulse was counted"
    assert sold["overrun_ml"] == 0
    leap_ml = max(after - before for before, after in pairwise(seen))
    return Filled(sold["volume_ml"], sold["volume_ml"] - stop_ml, leap_ml, sold["ended_by"])


def resident_kb(pid: int) -> int:
    """The most it has ever taken."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


@contextmanager
def stopped_and_killed(station: Station) -> Iterator[None]:
    """Hangs at once with its sockets open, and is dead when the fill has ended."""
    console = station.console.process
    os.kill(console.pid, signal.SIGSTOP)
    yield
    console.kill()


def small_tanks(station: Station) -> Iterator[Card]:
    return iter(card for card in iter(station.card, None) if card.vehicle == "motorcycle")


def test_the_pump_does_not_notice(offline: Station) -> None:
    station = offline
    station.start_gateway()
    cards = small_tanks(station)
    calm = filled(station, next(cards), nullcontext)
    flood = Flood(station.start_console(), station.folder / "gateway.sock")
    flooded = filled(station, next(cards), lambda: flood)
    most_kb = resident_kb(station.console.process.pid)
    hung = filled(station, next(cards), lambda: stopped_and_killed(station))
    print(f"answered meanwhile: {flood.answers}; the console took {most_kb} kB at most")
    assert most_kb < MOST_KB
    for name, fill in {"no console": calm, "flooded": flooded, "hung, killed": hung}.items():
        print(
            f"{name:14}{fill.volume_ml:6} ml, {fill.beyond_ml:4} ml beyond the limit, "
            f"{fill.leap_ml:4} ml at most between two states"
        )
        assert fill.ended_by == "tank_limit"
        assert abs(fill.beyond_ml) <= STOP_BOUND_ML
        assert fill.leap_ml <= LEAP_ML
    assert min(flood.answers.values()) > 0, "it was a flood, and it was answered"
    until("the gateway to serve on", lambda: station.watch.newest is not None)
