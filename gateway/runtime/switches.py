"""A pump's switches, looked at beside its meter: for an edge that was lost, and a key that is off
for sure."""

from collections.abc import Callable, Iterator

from gateway.core.events import BypassTurned, Event, NozzleHung, NozzleLifted
from gateway.core.session import Session
from gateway.core.units import NS_PER_S
from hardware.assemble import PumpUnit
from hardware.ports import HardwareError

SURELY_OFF_NS = NS_PER_S
"""A bypass key is on at once, and off when it has read so for this long: a loose wire writes no
entry with each tremble."""


class Switches:
    def __init__(self, silent: Callable[[HardwareError], None]) -> None:
        """`silent`: told that a switch cannot be read."""
        self._silent = silent
        self._off_ns: int | None = None
        """Since when the key has read off; None: it read on last."""

    def key_is_on(self) -> None:
        """Its edge says so."""
        self._off_ns = None

    def moved(self, unit: PumpUnit, session: Session, now_ns: int) -> Iterator[Event]:
        try:
            lifted = unit.nozzle.lifted
        except HardwareError as error:
            self._silent(error)
        else:
            if lifted != session.nozzle_lifted:
                yield NozzleLifted() if lifted else NozzleHung()
        yield from self.key_turned(unit, session, now_ns)

    def key_turned(self, unit: PumpUnit, session: Session, now_ns: int) -> Iterator[Event]:
        """One that cannot be read is a pump that is silent, and serves nobody either."""
        if unit.bypass is None:
            return
        try:
            on = unit.bypass.on
        except HardwareError as error:
            self._silent(error)
            self._off_ns = None
            return
        if on:
            self._off_ns = None
        elif self._off_ns is None:
            self._off_ns = now_ns
        if on and not session.bypass_on:
            yield BypassTurned(on=True)
        if (
            session.bypass_on
            and self._off_ns is not None
            and now_ns - self._off_ns >= SURELY_OFF_NS
        ):
            yield BypassTurned(on=False)
