"""May a card that is no vehicle's do anything here now? Pure, as gateway/core/decision.py."""

from gateway.core.allocation import PutCard, PutPolicy
from gateway.core.decision import Armed, Denied, Drawing, not_a_driver, override_refused
from gateway.core.dosing import LEAST_FILL_ML
from gateway.core.facts.calibration import MOST_DRAWN_ML
from gateway.core.given import Need, Needed
from gateway.core.reasons import Reason, Status


def decide_draw(card: PutCard, stop_bound_ml: int, *, awaited: bool) -> Drawing | Denied:
    """May this technician's card open the valve? Only for a draw that was asked for (`awaited`)."""
    if card.status != "active":
        return Denied(Reason.CARD_LOST if card.status == "lost" else Reason.UNKNOWN_CARD)
    drawn_ml = MOST_DRAWN_ML - stop_bound_ml
    if not awaited or drawn_ml < LEAST_FILL_ML:
        return Denied(Reason.UNKNOWN_CARD)
    return Drawing(card, drawn_ml)


def decide_override(
    card: PutCard, policy: PutPolicy | None, overrides_today: int
) -> Armed | Denied:
    """May this supervisor's card allow one vehicle an exception? What it may take is judged with
    the vehicle, whose own litres come first."""
    if card.status != "active":
        return Denied(Reason.CARD_LOST if card.status == "lost" else Reason.UNKNOWN_CARD)
    if policy is None:
        return Denied(Reason.OVERRIDE_EXCEEDED)
    return override_refused(policy, overrides_today) or Armed(card.uid)


def decide_driver(card: PutCard, policy: PutPolicy | None) -> Needed | Denied:
    """A driver's card laid down first: it waits for the vehicle's."""
    if policy is None:
        return Denied(Reason.ALLOCATION_DAMAGED)
    refused = not_a_driver(card)
    if refused is not None:
        return refused
    return Needed(Need.VEHICLE_CARD, Status.VEHICLE_CARD, policy.second_card_wait_s)
