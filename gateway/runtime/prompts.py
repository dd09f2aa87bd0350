"""What somebody types for the driver at a pump that asks for it."""

from collections.abc import Mapping

from gateway.core.events import MeterEntered
from gateway.core.given import Need
from gateway.core.session import State
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
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
            pumps = ", ".join(str(number) for number in sorted(self._desks))
            return Answer(refused=f"pump {request.pump}: expected one of {pumps}")
        if not _asks(desk):
            return Answer(refused=f"pump {request.pump} asks for no reading: tap the card first")
        desk.take(MeterEntered(request.reading, request.by))
        again = desk.session.the_need.tries_left if _asks(desk) else 0
        refused = desk.session.state is State.REFUSED
        return Answer(done={"accepted": not (again or refused), "tries_left": again})


def _asks(desk: Desk) -> bool:
    session = desk.session
    return session.state is State.PROMPTING and session.the_need.need is Need.READING
