"""A supervisor's card opens the station's grant; an ambulance goes on with its department's."""

import msgspec
import pytest

from gateway.core import actions as a
from gateway.core.allocation import Grant, PutCard
from gateway.core.decision import Allowed, Armed, Denied
from gateway.core.events import ReservationDurable, StoreFailed
from gateway.core.facts import Charge
from gateway.core.reasons import Reason
from gateway.core.session import Fill
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import CAR, OTHER, OTHER_UID, POLICY, RULES, UID, grant
from tests.gateway.store.samples import GATEWAY

SUPERVISOR = PutCard(uid="04AABBCCDDEE01", card="supervisor", holder="maria", status="active")
CEILINGS = msgspec.structs.replace(POLICY, override_fill_ml=8000, override_day_ml=12_000)
STOP_BOUND_ML = RULES.dosing.stop_bound_ml


def station(grant_no: int, volume_ml: int) -> Grant:
    return grant(grant_no, volume_ml, kind="override", subject=GATEWAY)


def department(grant_no: int, volume_ml: int) -> Grant:
    return grant(grant_no, volume_ml, kind="emergency", subject="dinas-kesehatan")


def tap(office: Office, uid: str, override_by: str | None = None) -> object:
    return office.till.decide(office.desk, a.Decide(uid, override_by))[0]


def allowed(office: Office, uid: str, override_by: str | None = None) -> Allowed:
    decision = tap(office, uid, override_by)
    assert isinstance(decision, Allowed), decision
    return decision


def fill(office: Office, decision: Allowed) -> Fill:
    return Fill(decision, office.desk.session.pulses_total, office.clock.now_ns)


@pytest.fixture
def forecourt(office: Office) -> Office:
    """The other car has 3 L, the station 40 L."""
    office.open(SUPERVISOR, CEILINGS, grant(2, 3000, subject=OTHER), station(3, 40_000))
    return office


def test_a_supervisors_card_arms(forecourt: Office) -> None:
    assert tap(forecourt, SUPERVISOR.uid) == Armed(SUPERVISOR.uid)


def test_an_override_goes_beyond_the_vehicles_own_and_names_its_supervisor(
    forecourt: Office,
) -> None:
    decision = allowed(forecourt, OTHER_UID, SUPERVISOR.uid)
    assert decision.remaining_ml == 3000 + 8000
    assert (decision.stop_ml, decision.bound_by) == (
        11_000 - STOP_BOUND_ML,
        Reason.OVERRIDE_EXCEEDED,
    )
    opened = fill(forecourt, decision)
    forecourt.reserve(opened, 4000)
    forecourt.reserve(opened, 11_000, metered_ml=2000)
    assert forecourt.rows[1].reserved == [Charge(2, 3000), Charge(3, 8000)]
    forecourt.reserve(opened, 11_001, metered_ml=2000)
    assert forecourt.desk.heard[-1] == StoreFailed(Reason.QUOTA_EXHAUSTED)
    sold = forecourt.sell(opened, 10_000)
    assert sold.charges == [Charge(2, 3000), Charge(3, 7000)]
    assert (sold.override_by, sold.subject) == (SUPERVISOR.uid, OTHER)


def test_the_day_has_a_ceiling_over_all_overrides(forecourt: Office) -> None:
    first = fill(forecourt, allowed(forecourt, OTHER_UID, SUPERVISOR.uid))
    forecourt.reserve(first, 11_000)
    forecourt.sell(first, 10_000)
    assert tap(forecourt, SUPERVISOR.uid) == Armed(SUPERVISOR.uid)
    assert allowed(forecourt, OTHER_UID, SUPERVISOR.uid).remaining_ml == 12_000 - 7000
    second = fill(forecourt, allowed(forecourt, OTHER_UID, SUPERVISOR.uid))
    forecourt.reserve(second, 5000)
    forecourt.sell(second, 5000)
    assert tap(forecourt, OTHER_UID, SUPERVISOR.uid) == Denied(Reason.OVERRIDE_EXCEEDED)


def test_without_a_supervisor_the_stations_grant_is_shut(forecourt: Office) -> None:
    assert allowed(forecourt, OTHER_UID).remaining_ml == 3000
    opened = fill(forecourt, allowed(forecourt, OTHER_UID))
    forecourt.reserve(opened, 3001)
    assert forecourt.desk.heard == [StoreFailed(Reason.QUOTA_EXHAUSTED)]


def test_a_blocked_vehicle_stays_refused(office: Office) -> None:
    blocked = msgspec.structs.replace(CAR, subject=OTHER, blocked=True)
    office.open(SUPERVISOR, CEILINGS, blocked, station(2, 40_000))
    assert tap(office, OTHER_UID, SUPERVISOR.uid) == Denied(Reason.VEHICLE_BLOCKED)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("lost", Reason.CARD_LOST),
        ("blocked", Reason.UNKNOWN_CARD),
        ("replaced", Reason.UNKNOWN_CARD),
    ],
)
def test_only_an_active_supervisors_card_arms(office: Office, status: str, code: Reason) -> None:
    card = msgspec.structs.replace(SUPERVISOR, status=status)
    office.open(card, CEILINGS, station(2, 40_000))
    assert tap(office, card.uid) == Denied(code)


def test_nothing_is_armed_without_ceilings(office: Office) -> None:
    office.open(SUPERVISOR, station(2, 40_000))
    assert tap(office, SUPERVISOR.uid) == Denied(Reason.OVERRIDE_EXCEEDED)


@pytest.mark.parametrize("more", [[CEILINGS], [CEILINGS, station(2, 300)]])
def test_without_the_stations_litres_the_vehicle_is_refused(
    office: Office, more: list[Grant]
) -> None:
    office.open(SUPERVISOR, *more)
    assert tap(office, SUPERVISOR.uid) == Armed(SUPERVISOR.uid)
    assert tap(office, OTHER_UID, SUPERVISOR.uid) == Denied(Reason.OVERRIDE_EXCEEDED)


def test_an_ambulance_draws_on_its_own_first_then_on_its_departments(office: Office) -> None:
    ambulance = msgspec.structs.replace(CAR, subject=OTHER, emergency=True)
    office.open(ambulance, grant(2, 3000, subject=OTHER), department(3, 5000))
    decision = allowed(office, OTHER_UID)
    assert decision.remaining_ml == 8000
    opened = fill(office, decision)
    office.reserve(opened, 7000)
    assert office.desk.heard == [ReservationDurable(7000)]
    assert office.sell(opened, 6000).charges == [Charge(2, 3000), Charge(3, 3000)]
    assert allowed(office, OTHER_UID).remaining_ml == 2000
    # The same department's common car does not share it.
    assert allowed(office, UID).remaining_ml == 40_000


def test_two_ambulances_never_reserve_the_same_litre(office: Office) -> None:
    ambulances = [msgspec.structs.replace(CAR, subject=name, emergency=True) for name in (OTHER,)]
    first = msgspec.structs.replace(CAR, emergency=True)
    office.open(*ambulances, first, department(3, 5000))
    office.reserve(fill(office, allowed(office, OTHER_UID)), 3000)
    more = msgspec.structs.replace(office.fill(), allowed=office.allowed(first))
    office.till.reserve(office.second, a.Reserve(more, 42_001, 0))
    office.settle()
    assert office.second.heard == [StoreFailed(Reason.QUOTA_EXHAUSTED)]
    office.till.reserve(office.second, a.Reserve(more, 42_000, 0))
    office.settle()
    assert office.second.heard[-1] == ReservationDurable(42_000)
