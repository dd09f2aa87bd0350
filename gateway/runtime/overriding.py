"""What a supervisor says of an exception, passed on to the pump where the own card was tapped."""

from collections.abc import Mapping

from gateway.core.events import OverrideChosen
from gateway.core.given import Why
from gateway.core.session import State
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.look_up import LookUp
from gateway.runtime.refusals import Refusal, Refused, no_such_pump
from gateway.runtime.requests import ChooseOverride


class Overriding:
    """Lives in the control loop's thread. Without the card at the reader nothing is passed on."""

    def __init__(self, desks: Mapping[int, Desk], look_up: LookUp) -> None:
        self._desks = desks
        self._look_up = look_up

    def choose(self, request: ChooseOverride) -> Answer:
        desk = self._desks.get(request.pump)
        if desk is None:
            return no_such_pump(request.pump, self._desks).answer
        text = request.text.strip()
        if request.reason == "other" and not text:
            why = "the reason `other` needs a text that says which"
            return Refused(Refusal.TEXT_MISSING, why).answer
        armed = desk.armed
        if armed is None or request.armed not in (None, armed):
            return Refused(
                Refusal.CARD_FIRST,
                f"pump {request.pump}: tap the supervisor's card at its reader first; it opens the "
                "pump for one minute",
            ).answer
        subject = None
        if request.plate is not None:
            subject = self._look_up.subject_of(request.plate)
            if subject is None:
                why = f"no vehicle here has the plate {request.plate!r}"
                return Refused(Refusal.PLATE_UNKNOWN, why).answer
        desk.take(OverrideChosen(Why(request.reason, text, request.by), subject))
        if desk.session.state is State.REFUSED:
            code = desk.code.value
            return Refused(code, f"pump {request.pump}: {code}").answer
        return Answer(done={"pump": request.pump, "subject": subject or ""})
