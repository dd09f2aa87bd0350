"""A pump's switches, looked at beside its meter: for an edge that was lost."""

from collections.abc import Callable, Iterator

from gateway.core.events import BypassTurned, Event, NozzleHung, NozzleLifted
from gateway.core.session import Session
from hardware.assemble import PumpUnit
from hardware.ports import HardwareError


def nozzle_moved(
    unit: PumpUnit, session: Session, silent: Callable[[HardwareError], None]
) -> Iterator[Event]:
    """`silent`: told that the switch cannot be read."""
    try:
        lifted = unit.nozzle.lifted
    except HardwareError as error:
        silent(error)
        return
    if lifted != session.nozzle_lifted:
        yield NozzleLifted() if lifted else NozzleHung()


def key_turned(
    unit: PumpUnit, session: Session, silent: Callable[[HardwareError], None]
) -> Iterator[Event]:
    """The same of the bypass key: one that cannot be read is turned, and nobody is served."""
    if unit.bypass is None:
        return
    try:
        on = unit.bypass.on
    except HardwareError as error:
        silent(error)
        on = True
    if on != session.bypass_on:
        yield BypassTurned(on)
