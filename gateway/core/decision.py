"""May this card take this fuel now, and how much? A pure function of what is known."""

from dataclasses import dataclass

from gateway.core.allocation import PutCard, PutPolicy, PutPrice, PutSubject
from gateway.core.dosing import LEAST_FILL_ML
from gateway.core.facts import VehicleMeter
from gateway.core.given import NOTHING, Given, Need, Needed, Why
from gateway.core.limits import outside_hours, tightest
from gateway.core.odometer import judge
from gateway.core.reasons import Reason, Status

NEVER_PASSED = (Reason.QUOTA_EXHAUSTED, Reason.OVERRIDE_EXCEEDED)
WANTING = (Reason.QUOTA_EXHAUSTED, Reason.GRANT_EMPTY_OFFLINE, Reason.GRANT_UNANSWERED)


@dataclass(frozen=True, slots=True)
class Question:
    """All that a decision depends on."""

    card: PutCard | None
    subject: PutSubject | None
    price: PutPrice | None
    policy: PutPolicy | None
    product: str
    """What this pump sells."""
    remaining_ml: int
    """Open grants − spent − reserved, from the ledger, over all accounts this fill may draw on."""
    stop_bound_ml: int
    """What can pass after a stop was due, whatever fails; a quota keeps this much back."""
    day_volume_ml: int
    day_visits: int
    local_hour: int | None
    """Hour in the city's zone; None while the clock is in doubt, which skips hour rules."""
    period_known: bool
    """Central has granted for this period, or the clock is in doubt."""
    central_heard_days: int
    """Whole days, in trusted time, since central was last heard."""
    in_use: bool
    """The card or its subject has an open session at this gateway."""
    undeclared: bool
    """What it took at a third party's pump of this gateway is not declared yet."""
    online: bool
    """Connected, and central's silence not yet too long: it may be gone all the same."""
    override_by: str | None = None
    """The supervisor's card that lets it draw on the station's grant, which `remaining_ml` has."""
    preset_ml: int | None = None
    """How much the driver wants; None: as much as there is."""
    given: Given = NOTHING
    driver: PutCard | None = None
    """What is known of the card laid down as the driver's."""
    last_reading: int | None = None
    """Of the vehicle's own meter."""
    overrides_today: int = 0
    """Granted at this gateway, whatever they took."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Fuel may flow, up to `stop_ml`: told to shut there, or to come to rest there (`dosed`)."""

    card: PutCard
    subject: PutSubject
    price: PutPrice
    stop_ml: int
    bound_by: Reason
    """Which limit sets the stop."""
    remaining_ml: int
    override_by: str | None = None
    dosed: bool = False
    """A person's preset, or a limit other than the quota: as much as was said, within a little
    (FIELD.md). A quota instead is never passed."""
    driver: str | None = None
    """UID of the driver's card."""
    meter: VehicleMeter | None = None
    why: Why | None = None
    """What the supervisor said."""

    @property
    def holder(self) -> str:
        """Whose quota it is."""
        return self.subject.subject


@dataclass(frozen=True, slots=True)
class Drawing:
    """A technician may draw into a test can, up to `stop_ml`: charged to nobody, never passed."""

    card: PutCard
    stop_ml: int
    bound_by: Reason = Reason.PRESET
    dosed: bool = False

    @property
    def holder(self) -> None:
        """No vehicle."""
        return None


@dataclass(frozen=True, slots=True)
class Denied:
    code: Reason

    @property
    def for_want_of_litres(self) -> bool:
        """Another grant would change it; no rule stands against it."""
        return self.code in WANTING


@dataclass(frozen=True, slots=True)
class Armed:
    """A supervisor allows the next vehicle to draw on the station's grant."""

    uid: str


@dataclass(frozen=True, slots=True)
class Accepting:
    """A technician's card accepts a new ratio: the pump waits until that is durable."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """Denied for want of litres, and central was asked for more."""


def decide(question: Question) -> Allowed | Denied | Needed:
    """The first rule that refuses wins; otherwise the tightest limit sets the stop.

    What people must add is asked for last: nobody types for a card that is refused anyway."""
    card, subject, price, policy = (
        question.card,
        question.subject,
        question.price,
        question.policy,
    )
    if card is None or not _opens(card, question) or subject is None:
        return Denied(Reason.UNKNOWN_CARD)
    if policy is None or price is None:
        return Denied(Reason.ALLOCATION_DAMAGED)
    if card.status == "lost":
        return Denied(Reason.CARD_LOST)
    if card.status == "blocked" or subject.blocked:
        return Denied(Reason.VEHICLE_BLOCKED)
    if question.in_use:
        return Denied(Reason.CARD_IN_USE)
    if question.undeclared:
        return Denied(Reason.DECLARATION_OPEN)
    if question.product not in subject.products:
        return Denied(Reason.WRONG_PRODUCT)
    if price.subsidised and not subject.subsidy_allowed:
        return Denied(Reason.SUBSIDY_NOT_ALLOWED)
    if outside_hours(question.local_hour, subject, policy):
        return Denied(Reason.OUTSIDE_HOURS)
    # With a link the first grant of a month may come when it is asked for: after a restore, or
    # for a gateway that joins. Without any, nothing is left, and nothing is sold.
    known = question.period_known or question.online
    if not known or 0 < policy.offline_days <= question.central_heard_days:
        return Denied(Reason.ALLOCATION_EXPIRED)
    if question.day_visits >= policy.visits_per_day:
        return Denied(Reason.LIMIT_VISITS)
    stop_ml, bound_by = tightest(question, subject, policy)
    if stop_ml < LEAST_FILL_ML:
        if bound_by is Reason.QUOTA_EXHAUSTED and not question.online:
            return Denied(Reason.GRANT_EMPTY_OFFLINE)
        return Denied(bound_by)
    if question.override_by is not None:
        refused = override_refused(policy, question.overrides_today)
        if refused is not None:
            return refused
        if policy.override_reason == "required" and question.given.why is None:
            return Denied(Reason.OVERRIDE_UNEXPLAINED)
    lacking = _driver_lacking(question, subject, policy)
    if lacking is not None:
        return lacking
    meter = judge(subject, policy, question.given, question.last_reading)
    if isinstance(meter, Needed):
        return meter
    if isinstance(meter, Reason):
        return Denied(meter)
    return Allowed(
        card,
        subject,
        price,
        stop_ml,
        bound_by,
        question.remaining_ml,
        question.override_by,
        dosed=bound_by not in NEVER_PASSED,
        driver=question.given.driver,
        meter=meter,
        why=question.given.why,
    )


def wanting(denied: Denied, *, unanswered: bool) -> Denied:
    """The same refusal for want of litres, once it is known whether central was asked for more.

    Only central knows that a quota is used up. While it owes an answer (`unanswered`: it may have
    stopped, or waits for litres from elsewhere) no more than that is said.
    """
    if denied.code is Reason.QUOTA_EXHAUSTED and unanswered:
        return Denied(Reason.GRANT_UNANSWERED)
    return denied


def override_refused(policy: PutPolicy, overrides_today: int) -> Denied | None:
    """Are exceptions used here, and is one more within the day's count?"""
    counted = 0 < policy.overrides_per_day <= overrides_today
    if counted or policy.override_fill_ml < LEAST_FILL_ML:
        return Denied(Reason.OVERRIDE_EXCEEDED)
    return None


def _opens(card: PutCard, question: Question) -> bool:
    """A vehicle's card that is in use, or the supervisor's for a vehicle that it was tapped for."""
    if question.given.subject is None:
        return card.card == "vehicle" and card.status != "replaced"
    tapped = card.uid == question.override_by
    return tapped and card.card == "supervisor" and card.status == "active"


def not_a_driver(card: PutCard | None) -> Denied | None:
    """Why this card is no driver's that counts; None: it is."""
    if card is None or card.card != "driver":
        return Denied(Reason.DRIVER_CARD_MISSING)
    if card.status == "active":
        return None
    return Denied(Reason.CARD_LOST if card.status == "lost" else Reason.UNKNOWN_CARD)


def _driver_lacking(
    question: Question, subject: PutSubject, policy: PutPolicy
) -> Needed | Denied | None:
    if question.given.driver is not None:
        return not_a_driver(question.driver)
    if subject.driver_card == "off":
        return None
    wait_s = policy.second_card_wait_s
    return Needed(Need.DRIVER_CARD, Status.DRIVER_CARD, wait_s, subject.subject)
