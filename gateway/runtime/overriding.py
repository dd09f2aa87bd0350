"""What a supervisor says of an exception, passed on to the pump where the own card was tapped."""

from collections.abc import Mapping

from gateway.core.events import OverrideChosen
from gateway.core.given import Why
from gateway.core.session import State
from gateway.runtime.control import Answer
from gateway.runtime.desk import Desk
from gateway.runtime.look_up import LookUp
from gateway.runtime.requests import ChooseOverride
from hardware.ports import Clock


class Overriding:
    """Lives in the control loop's thread. Without the card at the reader nothing is passed on."""

    def __init__(self, desks: Mapping[int, Desk], look_up: LookUp, clock: Clock) -> None:
        self._desks = desks
        self._look_up = look_up
        self._clock = clock

    def choose(self, request: ChooseOverride) -> Answer:
        desk = self._desks.get(request.pump)
        if desk is None:
            pumps = ", ".join(str(number) for number in sorted(self._desks))
            return Answer(refused=f"pump {request.pump}: expected one of {pumps}")
        text = request.text.strip()
        if request.reason == "other" and not text:
            return Answer(refused="the reason `other` needs a text that says which")
        session = desk.session
        over = self._clock.monotonic_ns() >= session.override_until_ns
        if session.state is not State.IDLE or session.override_by is None or over:
            return Answer(
                refused=f"pump {request.pump}: tap the supervisor's card at its reader first; it "
                "opens the pump for one minute"
            )
        subject = None
        if request.plate is not None:
            subject = self._look_up.subject_of(request.plate)
            if subject is None:
                return Answer(refused=f"no vehicle here has the plate {request.plate!r}")
        desk.take(OverrideChosen(Why(request.reason, text, request.by), subject))
        if desk.session.state is State.REFUSED:
            return Answer(refused=f"pump {request.pump}: {desk.code.value}")
        return Answer(done={"pump": request.pump, "subject": subject or ""})
