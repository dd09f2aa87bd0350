"""A reading or a driver's card between the tap and the fill, up to the sale in the ledger."""

import msgspec
import pytest

from gateway.core.allocation import PutCard, PutMeter
from gateway.core.events import NozzleHung, NozzleLifted
from gateway.core.facts import Charge, SaleCompleted, VehicleMeter
from gateway.core.reasons import Reason, Status
from gateway.core.session import State
from gateway.runtime.control import Answer
from gateway.runtime.requests import EnterMeter
from tests.gateway.runtime.forecourt import Forecourt
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import CAR, POLICY, UID, grant
from tests.gateway.store.samples import SUBJECT, TIME, sale

DRIVER = PutCard(uid="04AABBCCDDEE02", card="driver", holder="anton", status="active")
REQUIRED = msgspec.structs.replace(CAR, meter_policy="required", meter_step_max=800)
ASKED = msgspec.structs.replace(REQUIRED, meter_policy="asked")
WITH_DRIVER = msgspec.structs.replace(CAR, driver_card="required")
LAST = VehicleMeter(120_000, "km", doubtful=False, tries=1)


def sold(meter: VehicleMeter) -> SaleCompleted:
    return msgspec.structs.replace(sale(1, Charge(1, 1000)), meter=meter)


def accepted(accepted: bool, tries_left: int = 0) -> Answer:
    return Answer(done={"accepted": accepted, "tries_left": tries_left})


@pytest.fixture
def required(office: Office) -> Forecourt:
    office.open(REQUIRED, sold=[sold(LAST)])
    return Forecourt(office)


def test_a_reading_goes_into_the_reservation(required: Forecourt) -> None:
    required.tap()
    assert (required.state, required.code) == (State.PROMPTING, Status.ODOMETER)
    assert required.office.rows == {}
    assert required.enter(120_400, "maria") == accepted(True)
    assert required.state is State.AUTHORISED
    (row,) = required.office.rows.values()
    assert row.meter == VehicleMeter(120_400, "km", doubtful=False, tries=1, by="maria")


def test_the_ledger_knows_the_last_one_and_the_tries_are_counted(required: Forecourt) -> None:
    required.tap()
    assert required.enter(119_999) == accepted(False, 2)
    assert required.code == "meter_again"
    assert required.enter(120_801) == accepted(False, 1)
    assert required.enter(5) == accepted(False)
    assert (required.state, required.code) == (State.REFUSED, Reason.ODOMETER_IMPLAUSIBLE)
    assert required.office.newest() == (
        "sale.refused",
        {"pump": 1, "code": "odometer_implausible", "card": UID, "subject": SUBJECT},
    )
    assert required.enter(120_400).refused is not None


def test_without_one_a_required_reading_refuses(required: Forecourt) -> None:
    required.tap()
    required.wait(POLICY.meter_wait_s)
    assert (required.state, required.code) == (State.REFUSED, Reason.METER_UNREAD)


def test_central_may_know_better(office: Office) -> None:
    later = f"{int(TIME[:4]) + 1}{TIME[4:]}"
    office.open(
        REQUIRED,
        PutMeter(subject=SUBJECT, reading=10, time=later),
        sold=[sold(LAST)],
    )
    forecourt = Forecourt(office)
    forecourt.tap()
    assert forecourt.enter(120_400) == accepted(False, 2)
    assert forecourt.enter(400) == accepted(True)


def test_one_that_is_only_asked_for_is_written_as_doubtful_or_as_null(office: Office) -> None:
    office.open(ASKED, grant(2), sold=[sold(LAST)])
    forecourt = Forecourt(office)
    forecourt.tap()
    forecourt.enter(5)
    forecourt.enter(6)
    assert forecourt.enter(7) == accepted(True)
    assert office.rows[1].meter == VehicleMeter(7, "km", doubtful=True, tries=3)
    forecourt.tap()  # the same card ends it
    assert (forecourt.state, office.rows) == (State.IDLE, {})
    forecourt.tap()
    forecourt.wait(POLICY.meter_wait_s)
    assert office.rows[1].meter is None


def test_a_doubtful_one_is_nothing_to_go_by(office: Office) -> None:
    doubtful = VehicleMeter(900_000, "km", doubtful=True, tries=3)
    office.open(REQUIRED, sold=[sold(LAST), sold(doubtful)])
    forecourt = Forecourt(office)
    forecourt.tap()
    assert forecourt.enter(120_400) == accepted(True)


def test_a_pump_that_asks_for_nothing_takes_nothing(required: Forecourt) -> None:
    assert required.enter(120_400) == Answer(
        refused="pump 1 asks for no such reading: tap the card first", code="not_asked"
    )
    assert required.prompts.enter(EnterMeter(3, 1)) == Answer(
        refused="pump 3: expected one of 1", code="no_such_pump"
    )


@pytest.mark.parametrize(("subject", "tries_left"), [("dh-2002-b", 3), (SUBJECT, 2), (None, 2)])
def test_a_form_for_another_reading_than_is_asked_for_costs_no_try(
    required: Forecourt, subject: str | None, tries_left: int
) -> None:
    required.tap()
    stale = EnterMeter(1, 5, "maria", subject, tries_left)
    assert required.prompts.enter(stale).code == "not_asked"
    assert required.desk.session.the_need.tries_left == 3
    meant = EnterMeter(1, 120_400, "maria", SUBJECT, 3)
    assert required.prompts.enter(meant) == accepted(True)


@pytest.mark.parametrize("order", [(UID, DRIVER.uid), (DRIVER.uid, UID)])
def test_both_cards_open_the_pump_in_either_order(office: Office, order: tuple[str, str]) -> None:
    office.open(WITH_DRIVER, DRIVER)
    forecourt = Forecourt(office)
    first, second = order
    forecourt.tap(first)
    asked = Status.DRIVER_CARD if first == UID else Status.VEHICLE_CARD
    assert (forecourt.state, forecourt.code) == (State.PROMPTING, asked)
    forecourt.tap(second)
    assert forecourt.state is State.AUTHORISED
    (row,) = office.rows.values()
    assert (row.card, row.driver) == (UID, DRIVER.uid)


@pytest.mark.parametrize(
    ("status", "card", "code"),
    [
        ("lost", "driver", Reason.CARD_LOST),
        ("blocked", "driver", Reason.UNKNOWN_CARD),
        ("active", "attendant", Reason.DRIVER_CARD_MISSING),
        ("active", "supervisor", Reason.DRIVER_CARD_MISSING),
    ],
)
def test_only_a_drivers_own_good_card_does(
    office: Office, status: str, card: str, code: Reason
) -> None:
    office.open(WITH_DRIVER, msgspec.structs.replace(DRIVER, status=status, card=card))
    forecourt = Forecourt(office)
    forecourt.tap()
    forecourt.tap(DRIVER.uid)
    assert (forecourt.state, forecourt.code) == (State.REFUSED, code)
    assert office.rows == {}


def test_it_is_in_the_sale(office: Office) -> None:
    office.open(WITH_DRIVER, DRIVER)
    forecourt = Forecourt(office)
    forecourt.tap()
    forecourt.tap(DRIVER.uid)
    forecourt.desk.take(NozzleLifted())
    forecourt.unit.pump.flow(100)
    forecourt.desk.take(NozzleHung())
    for _ in range(3):
        forecourt.wait(5)
    (sold,) = office.sales
    assert (sold.driver, sold.meter, sold.volume_ml) == (DRIVER.uid, None, 1000)


def test_without_the_drivers_card_nothing_is_sold(office: Office) -> None:
    office.open(WITH_DRIVER, DRIVER)
    forecourt = Forecourt(office)
    forecourt.tap()
    forecourt.wait(POLICY.second_card_wait_s)
    assert (forecourt.state, forecourt.code) == (State.REFUSED, Reason.DRIVER_CARD_MISSING)
