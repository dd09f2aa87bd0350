"""The forecourt's state in words, and what can be broken there."""

from collections.abc import Iterator
from typing import Any

from hardware.simulated.forecourt.faults import FAULTS

FAULT_LIST = "\n".join(
    f"  {name:18} {kind.means}"
    + (f" (--value: {kind.unit}, {kind.default} when absent)" if kind.unit else "")
    for name, kind in FAULTS.items()
)


def words(status: dict[str, Any]) -> Iterator[str]:
    """Lines for a terminal from the answer to `status`."""
    gateway = "a gateway is connected" if status["gateway"] else "no gateway is connected"
    yield f"{status['time'].capitalize()} time; {gateway}. Emergency stop: {_stop(status['stop'])}."
    if status["mains"] is not None:
        yield f"Mains power is {'on' if status['mains'] else 'off: the UPS runs on its battery'}."
    for pump in status["pumps"]:
        yield ""
        yield f"Pump {pump['pump']}: nozzle {pump['nozzle']}, lever {pump['lever']}"
        enable, limiter = _made(pump["enable_made"]), _made(pump["limiter_made"])
        past = ", and the bypass key is turned" if pump["bypass"] else ""
        yield f"  contacts   enable {enable}, limiter {limiter}{past}"
        yield f"  lamps      {', '.join(name for name, on in pump['lamps'].items() if on) or 'off'}"
        yield f"  flow       {pump['flow_ml_per_min']} ml/min"
        yield f"  dispensed  {pump['dispensed_ml']} ml in {pump['pulses']} pulses"
        yield f"  totaliser  {pump['totaliser_ml']} ml"
        if pump["station_tank_ml"] is not None:
            yield f"  tank       {pump['station_tank_ml']} ml left"
        if pump["cards"]:
            yield f"  cards      {', '.join(pump['cards'])}"
        if pump["faults"]:
            yield f"  faults     {', '.join(pump['faults'])}"


def _stop(stop: dict[str, bool]) -> str:
    if stop["wire_broken"]:
        return "wire broken, which stops too"
    return "pressed" if stop["pressed"] else "not pressed"


def _made(made: bool) -> str:  # noqa: FBT001 - a state, not an option
    return "made" if made else "open"
