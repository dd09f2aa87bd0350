"""The co-processor's contact in a valve's circuit, as one of the two that take turns."""

from gateway.core.units import NS_PER_MS
from hardware.pump.pico_link import PicoLink
from hardware.pump.pico_talk import Order

RELEASE_MAX_NS = 400 * NS_PER_MS
"""A relay's 100 ms, and up to 300 until two lost lines are made up for."""
MAKE_AGAIN = ("nozzle", "stop", "welded")
"""Refusals that may be over in a moment: the chip debounces its inputs by itself."""


class PicoContact:
    """Fits hardware.pump.switched.SwitchedContact; made for one session at a time."""

    runs_out = False
    release_max_ns = RELEASE_MAX_NS

    def __init__(self, link: PicoLink, pump: int) -> None:
        self.name = f"co-processor's contact {pump}"
        self.session = 0
        """The one to make for, which was armed."""
        self._link = link
        self._pump = pump
        self._order: Order | None = None

    def make(self) -> None:
        self._order = self._link.order("make", {"p": self._pump, "s": self.session}, self._pump)

    def let_go(self) -> None:
        self._order = None
        self._link.shut(self._pump)

    @property
    def refused(self) -> str:
        """Why it was not made, or ""; what may pass is asked for again."""
        order = self._order
        if order is None or not order.answer:
            return ""
        if order.answer not in MAKE_AGAIN:
            return order.answer
        self.make()
        return ""

    @property
    def made(self) -> bool:
        """Told to be made, it counts only for the session it was told for."""
        state = self._link.state(self._pump)
        if self._order is not None and not (state["open"] and state["s"] == self.session):
            return False
        return bool(state["made"])

    def close(self) -> None:
        self.let_go()
