"""The forecourt's own settings; its TOML file has the same names."""

import difflib
import random
import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from gateway.core.units import NS_PER_MS, Calibration
from hardware.simulated.pico.settings import PicoSettings
from hardware.wiring import DEMO_STOP_PIN, DEMO_WIRING, Pin, PumpWiring, ReaderWiring

SHORTEST_LAG_NS = 50 * NS_PER_MS
LagMs = Annotated[int, Meta(ge=50, le=1000)]

DEMO_START_UTC_NS = 1_762_128_000_000_000_000
"""2025-11-03 00:00:00 UTC, a Monday, 08:00 in Kupang."""


class PumpPhysics(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one pump is like."""

    number: Annotated[int, Meta(ge=1, le=4)]
    calibration_pulses: Annotated[int, Meta(ge=1, le=250_000)] = 100
    calibration_litres: Annotated[int, Meta(ge=1, le=1000)] = 1
    flow_ml_per_min: Annotated[int, Meta(ge=1000, le=240_000)] = 60_000
    """With the valve fully open and the lever squeezed."""
    valve_lag_ms: LagMs = 180
    """Mean time from a change of the valve's current until it has reached its new place."""
    lag_jitter_ms: Annotated[int, Meta(ge=0, le=500)] = 60
    """Each movement's lag is drawn within this much of the mean, but never below 50 ms."""
    slow_flow_ml_per_min: Annotated[int, Meta(ge=500, le=60_000)] | None = None
    """In the slow stage of a two-stage valve, which only a co-processor commands; None: single."""
    channels: Annotated[int, Meta(ge=1, le=2)] = 1
    """Of the pulser: one, or A and B."""
    timer_hold_ms: Annotated[int, Meta(ge=100, le=1000)] = 300
    station_tank_ml: Annotated[int, Meta(ge=0)] | None = None
    """Fuel in the pump's underground tank; None never runs dry."""
    totaliser_start_ml: Annotated[int, Meta(ge=0)] = 0

    def __post_init__(self) -> None:
        self.calibration  # noqa: B018 - refuses an impossible ratio when read, not when flowing

    @property
    def calibration(self) -> Calibration:
        return Calibration(self.calibration_pulses, self.calibration_litres)

    def drawn_lag_ns(self, rng: random.Random) -> int:
        """Of the valve's next movement."""
        jitter_ns = self.lag_jitter_ms * NS_PER_MS
        lag_ns = self.valve_lag_ms * NS_PER_MS + rng.randint(-jitter_ns, jitter_ns)
        return max(SHORTEST_LAG_NS, lag_ns)


class ForecourtSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    time: Literal["real", "simulated"] = "real"
    release: Literal["low", "hold"] = "low"
    """What outputs do when the gateway's connection closes without releasing them."""
    seed: int = 1
    """Draws valve lags and human delays."""
    start_utc_ns: Annotated[int, Meta(ge=0)] = DEMO_START_UTC_NS
    """Simulated time starts here; real time is the machine's."""
    emergency_stop_pin: Pin = DEMO_STOP_PIN
    ups_pin: Pin | None = None
    """A UPS's contact, closed to ground while there is mains power; None: there is no UPS. What
    the gateway's own machine and the pumps draw goes on without mains power."""
    wiring: Annotated[tuple[PumpWiring, ...], Meta(max_length=4)] = DEMO_WIRING
    readers: Annotated[tuple[ReaderWiring, ...], Meta(max_length=4)] = ()
    """Third parties' pumps: whoever lifts and squeezes there fills, whatever the gateway says."""
    pumps: Annotated[tuple[PumpPhysics, ...], Meta(max_length=4)] = ()
    """Only pumps that differ from the defaults need an entry."""

    picos: Annotated[tuple[PicoSettings, ...], Meta(max_length=4)] = ()
    """Co-processors; a pump that none has keeps the timer."""

    def __post_init__(self) -> None:
        wired = [pump.number for pump in self.wiring]
        numbers = [*wired, *(place.number for place in self.readers)]
        if not 1 <= len(numbers) <= 4:
            raise ValueError(f"wiring and readers: expected 1 to 4 pumps, found {len(numbers)}")
        if len(set(numbers)) != len(numbers):
            raise ValueError(f"wiring: pump numbers {numbers} must differ")
        strangers = {pump.number for pump in self.pumps} - set(numbers)
        if strangers:
            raise ValueError(f"pumps {sorted(strangers)} have no wiring; wired are {numbers}")
        limited = [number for pico in self.picos for number in pico.pumps]
        if len(set(limited)) != len(limited) or not set(limited) <= set(wired):
            raise ValueError(f"picos: pumps {limited} must differ and be among {wired}")
        if len({pico.serial for pico in self.picos}) != len(self.picos):
            raise ValueError("picos: their serial numbers must differ")

    def has_pico(self, number: int) -> bool:
        return any(number in pico.pumps for pico in self.picos)

    def physics(self, number: int) -> PumpPhysics:
        return next(
            (pump for pump in self.pumps if pump.number == number), PumpPhysics(number=number)
        )


def load_settings(path: Path) -> ForecourtSettings:
    """Read a TOML file. ValueError names the key at fault and, if unknown, the nearest known."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=ForecourtSettings)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}{_nearest(str(error))}") from error


def _nearest(message: str) -> str:
    unknown = re.search(r"unknown field `(.*?)`", message)
    if unknown is None:
        return ""
    known = (
        *ForecourtSettings.__struct_fields__,
        *PumpPhysics.__struct_fields__,
        *PicoSettings.__struct_fields__,
    )
    close = difflib.get_close_matches(unknown[1], known, n=1, cutoff=0)
    return f"; the nearest known key is `{close[0]}`"
