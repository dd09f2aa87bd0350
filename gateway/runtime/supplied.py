"""Mains power, as the station's UPS tells of it: without it fills end in order, and none begins."""

import logging
from collections.abc import Callable, Mapping

from gateway.core.events import StopRequested
from gateway.core.facts import Fact, PowerChanged
from gateway.core.reasons import Reason
from gateway.core.units import NS_PER_S
from gateway.runtime.desk import Desk
from gateway.runtime.stoppage import Stoppage
from hardware.assemble import Hardware
from hardware.ports import HardwareError

log = logging.getLogger(__name__)

SURELY_OUT_NS = NS_PER_S
"""Mains power is out when the UPS has said so for this long. Most dips are shorter, and a flicker
shall end nobody's fill; a second more is little beside the ten that a UPS must hold."""
SURELY_BACK_NS = 10 * NS_PER_S
"""It is back after this long: a line that recloses, or a generator that takes over, often falls
out once more, and a fill that began would end again."""


class Supplied:
    """Lives in the control loop's thread. What was open is closed as by a stop; nothing resumes."""

    def __init__(
        self,
        hardware: Hardware,
        desks: Mapping[int, Desk],
        stoppage: Stoppage,
        note: Callable[[Fact], None],
    ) -> None:
        """On battery already: believed at once, for no fill is open yet."""
        self._supply = hardware.supply
        self._clock = hardware.clock
        self._desks = desks
        self._stoppage = stoppage
        self._note = note
        self._on_battery = False
        self._other_ns: int | None = None
        """Since when the contact has read other than is believed."""
        self._unread = False
        if self._reads_battery():
            self._believe(on_battery=True)

    def turn(self) -> None:
        now_ns = self._clock.monotonic_ns()
        on_battery = self._reads_battery()
        if on_battery == self._on_battery:
            self._other_ns = None
        elif self._other_ns is None:
            self._other_ns = now_ns
        elif now_ns - self._other_ns >= (SURELY_OUT_NS if on_battery else SURELY_BACK_NS):
            self._other_ns = None
            self._believe(on_battery=on_battery)
            if on_battery:
                for desk in self._desks.values():
                    desk.take(StopRequested(Reason.ON_BATTERY))

    def _reads_battery(self) -> bool:
        """A contact that cannot be read says what its broken wire would."""
        if self._supply is None:
            return False
        try:
            on_battery = self._supply.on_battery
        except HardwareError as error:
            if not self._unread:
                log.error("taken as on battery: %s", error, extra={"event": "ups_unreadable"})
            self._unread = True
            return True
        self._unread = False
        return on_battery

    def _believe(self, *, on_battery: bool) -> None:
        """Before fills end: whoever is next in line at a pump is refused, too."""
        self._on_battery = on_battery
        self._stoppage.power_blocked(Reason.ON_BATTERY if on_battery else None)
        if on_battery:
            words = "mains power is out: fills end, and no card is accepted"
            log.warning(words, extra={"event": "mains_lost"})
        else:
            log.info("mains power is back", extra={"event": "mains_back"})
        self._note(PowerChanged(on_battery=on_battery))
