"""What a technician's card opens or accepts, at pumps that are being calibrated."""

from collections.abc import Callable

from gateway.core.allocation import PutCard
from gateway.core.decision import Accepting, Denied, Drawing
from gateway.core.people import decide_draw
from gateway.core.reasons import Status
from gateway.runtime.desk import Desk


def _nobody_asked(desk: Desk, uid: str) -> None:
    raise RuntimeError(f"pump {desk.number}: nothing was to be accepted by {uid}")


class CardsDue:
    """Lives in the control loop's thread."""

    def __init__(self) -> None:
        self.draws: set[int] = set()
        """Pumps at which a technician's card opens a draw next."""
        self.acceptances: set[int] = set()
        """Pumps at which a technician's card accepts a new ratio."""
        self.accepted: Callable[[Desk, str], None] = _nobody_asked
        """Told of the card that does."""

    def answer(self, desk: Desk, card: PutCard) -> Drawing | Accepting | Denied:
        """May this technician's card do anything here now?"""
        if card.status == "active" and desk.number in self.acceptances:
            return Accepting()
        awaited = desk.number in self.draws
        return decide_draw(card, desk.session.rules.dosing.final_bound_ml, awaited=awaited)

    def code(self, pump: int) -> Status | None:
        """What a display at rest asks for."""
        if pump in self.acceptances:
            return Status.CALIBRATION_ACCEPT
        return Status.CALIBRATION_DRAW if pump in self.draws else None

    def nothing(self, pump: int) -> None:
        """No card is due at this pump."""
        self.draws.discard(pump)
        self.acceptances.discard(pump)
