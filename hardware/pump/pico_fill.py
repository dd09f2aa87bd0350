"""One fill as a co-processor is told of it: a session, and its stops in the chip's own counts."""

import secrets

from firmware.guard.codec import Fields
from firmware.guard.messages import FILL_MAX, NUMBER_32
from firmware.guard.orders import fields_of
from firmware.guard.stops import Stops
from gateway.core.valve import Stopped
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_meter import PicoMeter
from hardware.pump.pico_talk import Order
from hardware.pump.stopped import how_stopped

COMMANDED = "commanded"
BY_HOST = ("host", "break")
"""What the chip calls a stop that we asked for."""


class PicoFill:
    """Made once for each pump, for one fill after the other. Whoever calls breaks the contacts."""

    def __init__(self, link: PicoLink, pump: int, meter: PicoMeter) -> None:
        self.stops: Stops | None = None
        """Of the open pump, in our counts; None when it is shut."""
        self.stopped: Stopped | None = None
        """How the last fill was ended."""
        self._link, self._pump, self._meter = link, pump, meter
        self._session = secrets.randbelow(NUMBER_32 // 2)
        self._last_stops: Stops | None = None
        """Those of the last fill, by which the chip says where it ended."""
        self._arming: Order | None = None

    def begin(self, stops: Stops) -> int:
        """Arm the chip; the new session's number. ValueError: open, or a stop out of bounds."""
        if self.stops is not None:
            raise ValueError(f"already open with limit {self.stops.limit_pulses}")
        self._check(stops)
        self._session = self._session % NUMBER_32 + 1
        self.stops = self._last_stops = stops
        self.stopped = None
        self._link.claim(self._pump, self._session)
        self._arming = self._order("arm", stops, lease=self._link.lease_ms)
        return self._session

    def raise_limit(self, stops: Stops) -> None:
        if self.stops is None:
            raise ValueError("shut: open it before its limit is raised")
        stops.check_raised_from(self.stops)
        self._check(stops)
        self._order("raise", stops)
        self.stops = self._last_stops = stops

    def hold(self) -> None:
        """Renew the chip's lease."""
        self._link.hold(self._pump, self._session)

    def end(self, why: str) -> None:
        """By our account, until the chip has told its own."""
        if self.stops is not None:
            self.stopped = how_stopped(why, self._meter.total, 0, self.stops)
        self.stops = None

    @property
    def refused(self) -> str:
        """Why the chip does not take this fill, or ""."""
        return "" if self._arming is None else self._arming.answer or ""

    @property
    def passed(self) -> bool:
        """The count is at the limit of an open pump."""
        return self.stops is not None and self._meter.total >= self.stops.limit_pulses

    def told(self, state: Fields) -> Stopped | None:
        """The chip's own account of how it ended this session; None where it has not."""
        if state["s"] != self._session or state["armed"]:
            return None
        why = COMMANDED if state["why"] in BY_HOST else state["why"]
        return how_stopped(why, self._meter.our_count(state["at"]), state["rate"], self._last_stops)

    def _check(self, stops: Stops) -> None:
        total = self._meter.total
        for name, pulses in (("limit", stops.limit_pulses), ("dose", stops.dose_pulses)):
            if pulses is not None and pulses <= total:
                raise ValueError(f"{name} {pulses}: expected above the {total} counted")
        if stops.limit_pulses > total + FILL_MAX:
            raise ValueError(f"limit {stops.limit_pulses}: expected at most {total + FILL_MAX}")

    def _order(self, verb: str, stops: Stops, **more: int) -> Order:
        chip = self._meter.chip_count
        there = Stops(
            chip(stops.limit_pulses),
            None if stops.slow_pulses is None else chip(stops.slow_pulses),
            stops.slow_rate_mhz,
            stops.slow_within_us,
            None if stops.dose_pulses is None else chip(stops.dose_pulses),
            stops.lags,
        )
        fields = {"p": self._pump, "s": self._session, **fields_of(there), **more}
        return self._link.order(verb, fields, self._pump)
