"""What somebody types for the driver at a pump that asks for it."""

from collections.abc import Mapping

from gateway.core.events import MeterEntered
from gateway.core.session import State
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.refusals import Refusal, Refused, no_such_pump
from gateway.runtime.requests import EnterMeter


class Prompts:
    """Lives in the control loop's thread."""

    def __init__(self, desks: Mapping[int, Desk]) -> None:
        self._desks = desks

    def enter(self, request: EnterMeter) -> Answer:
        """`accepted`: the fill goes on. Else `tries_left` more may be entered; after the last of
        them the card is refused."""
        desk = self._desks.get(request.pump)
        if desk is None:
            return no_such_pump(request.pump, self._desks).answer
        if not _asks(desk, request):
            text = f"pump {request.pump} asks for no such reading: tap the card first"
            return Refused(Refusal.NOT_ASKED, text).answer
        desk.take(MeterEntered(request.reading, request.by))
        again = desk.session.the_need.tries_left if desk.session.asks_reading else 0
        refused = desk.session.state is State.REFUSED
        return Answer(done={"accepted": not (again or refused), "tries_left": again})


def _asks(desk: Desk, request: EnterMeter) -> bool:
    """For the reading that is meant."""
    if not desk.session.asks_reading:
        return False
    need = desk.session.the_need
    return request.subject in (None, need.subject) and request.tries_left in (None, need.tries_left)
