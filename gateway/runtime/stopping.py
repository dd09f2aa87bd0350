"""A stop that a person asks for at the console: done at once, then put on record."""

import logging
from collections.abc import Callable, Mapping

from gateway.core.events import StopRequested
from gateway.core.facts import Fact, PumpStopped
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.look_up import LookUp
from gateway.runtime.refusals import Refusal, Refused, no_such_pump
from gateway.runtime.requests import STOPPABLE, StopPump

log = logging.getLogger(__name__)

ATTENDANT = "attendant"
"""What a fill that a person stopped ended by; who it was is in `pump.stopped`."""


class Stopping:
    """Lives in the control loop's thread."""

    def __init__(
        self, desks: Mapping[int, Desk], look_up: LookUp, note: Callable[[Fact], None]
    ) -> None:
        self._desks = desks
        self._look_up = look_up
        self._note = note

    def take(self, request: StopPump, answer: Callable[[Answer], None]) -> None:
        """Answers when the valve has been told to shut; the entry follows, and is tried again."""
        desk = self._desks.get(request.pump)
        sale = self._look_up.sale(request.pump)
        if desk is None:
            answer(no_such_pump(request.pump, self._desks).answer)
            return
        nothing = _nothing_to_stop(request, desk, sale)
        if nothing is not None:
            answer(Refused(Refusal.NOTHING_TO_STOP, nothing).answer)
            return
        desk.take(StopRequested(ATTENDANT))
        log.info(
            "pump %d: stopped at the console",
            request.pump,
            extra={"event": "pump_stopped", "pump": request.pump},
        )
        self._note(PumpStopped(pump=request.pump, by=request.by, sale=sale))
        answer(Answer(done={"pump": request.pump, "sale": sale or ""}))


def _nothing_to_stop(request: StopPump, desk: Desk, sale: str | None) -> str | None:
    """Why there is not; None: stop it."""
    if desk.session.state not in STOPPABLE:
        return f"pump {request.pump} is {desk.session.state}: there is nothing to stop"
    if request.sale is not None and request.sale != sale:
        return f"pump {request.pump}: the fill that was to be stopped has ended"
    return None
