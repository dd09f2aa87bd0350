"""A supervisor names the vehicle whose card was left behind: by the own card, and on record."""

from typing import Any

import msgspec
import pytest

from gateway.core.allocation import Grant, PutCard
from gateway.core.events import NozzleHung, NozzleLifted
from gateway.core.facts import Charge, OverrideGranted
from gateway.core.reasons import Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.runtime.requests import ChooseOverride
from tests.gateway.runtime.forecourt import Forecourt
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import CAR, OTHER, OTHER_UID, POLICY, grant
from tests.gateway.store.samples import GATEWAY, SUBJECT

SUPERVISOR = PutCard(uid="04AABBCCDDEE01", card="supervisor", holder="maria", status="active")
BY = SUPERVISOR.uid
CEILINGS = msgspec.structs.replace(
    POLICY, override_fill_ml=8000, override_day_ml=12_000, overrides_per_day=2
)
FORGOTTEN = ChooseOverride(1, "card_forgotten", " left at home ", "dh 1001 a", "yohanes")


def station(grant_no: int, volume_ml: int) -> Grant:
    return grant(grant_no, volume_ml, kind="override", subject=GATEWAY)


def granted(office: Office) -> list[OverrideGranted]:
    return [
        msgspec.convert(entry.data, OverrideGranted)
        for entry in office.ledger.every_entry()
        if entry.type == "override.granted"
    ]


@pytest.fixture
def forecourt(office: Office) -> Forecourt:
    """The first car has 40 L, the other 3 L, the station 40 L."""
    office.open(SUPERVISOR, CEILINGS, grant(2, 3000, subject=OTHER), station(3, 40_000))
    return Forecourt(office)


def sell(forecourt: Forecourt, pulses: int) -> None:
    forecourt.desk.take(NozzleLifted())
    forecourt.office.settle()
    forecourt.office.clock.now_ns += 5 * NS_PER_S
    forecourt.unit.pump.flow(pulses)
    forecourt.desk.take(NozzleHung())
    for _ in range(3):
        forecourt.wait(5)


def test_litres_come_from_the_vehicles_own_grant(forecourt: Forecourt) -> None:
    forecourt.tap(BY)
    assert forecourt.choose(FORGOTTEN).done == {"pump": 1, "subject": SUBJECT}
    assert forecourt.state is State.AUTHORISED
    (said,) = granted(forecourt.office)
    (row,) = forecourt.office.rows.values()
    assert said == OverrideGranted(
        pump=1,
        sale=row.sale,
        supervisor=BY,
        subject=SUBJECT,
        chosen=True,
        reason="card_forgotten",
        text="left at home",
        by="yohanes",
        ceiling_ml=8000,
        clock="good",
    )
    sell(forecourt, 200)
    (sold,) = forecourt.office.sales
    assert sold.charges == [Charge(1, 2000)]
    assert (sold.subject, sold.card, sold.override_by) == (SUBJECT, BY, BY)


def test_beyond_it_they_come_from_the_stations_up_to_its_ceiling(forecourt: Forecourt) -> None:
    forecourt.tap(BY)
    forecourt.choose(msgspec.structs.replace(FORGOTTEN, plate="DH-2002-B"))
    fill = forecourt.desk.session.the_fill
    assert fill.allowed.bound_by is Reason.OVERRIDE_EXCEEDED
    bound_ml = forecourt.desk.session.rules.dosing.final_bound_ml
    assert fill.allowed.stop_ml == 3000 + 8000 - bound_ml
    (row,) = forecourt.office.rows.values()
    assert row.reserved[0].grant_no == 2


def test_it_works_where_the_station_has_no_litres(office: Office) -> None:
    office.open(SUPERVISOR, CEILINGS)
    forecourt = Forecourt(office)
    forecourt.tap(BY)
    assert forecourt.choose(FORGOTTEN).refused is None
    (said,) = granted(office)
    assert said.ceiling_ml == 0


def test_an_ambulance_goes_on_with_its_departments(office: Office) -> None:
    ambulance = msgspec.structs.replace(CAR, subject=OTHER, plate="DH 7 B", emergency=True)
    emergency = grant(2, 5000, kind="emergency", subject=CAR.department)
    office.open(SUPERVISOR, CEILINGS, ambulance, emergency, station(3, 40_000))
    forecourt = Forecourt(office)
    forecourt.tap(BY)
    forecourt.choose(msgspec.structs.replace(FORGOTTEN, plate="dh 7 b"))
    (row,) = office.rows.values()
    assert row.reserved[0].grant_no == 2


def test_a_form_made_for_another_tap_of_the_card_does_nothing(forecourt: Forecourt) -> None:
    assert forecourt.desk.armed is None
    forecourt.tap(BY)
    first = forecourt.desk.armed
    forecourt.office.clock.now_ns += 60 * NS_PER_S
    assert forecourt.desk.armed is None, "to the moment"
    forecourt.wait(0)
    assert forecourt.desk.armed is None
    forecourt.tap(BY)
    second = forecourt.desk.armed
    assert None not in (first, second)
    stale = forecourt.choose(msgspec.structs.replace(FORGOTTEN, armed=first))
    assert (stale.code, granted(forecourt.office)) == ("card_first", [])
    meant = forecourt.choose(msgspec.structs.replace(FORGOTTEN, armed=second))
    assert meant.refused is None
    again = forecourt.choose(msgspec.structs.replace(FORGOTTEN, armed=second))
    assert (again.code, len(granted(forecourt.office))) == ("card_first", 1)


@pytest.mark.parametrize("plate", [FORGOTTEN.plate, None])
def test_a_request_alone_does_nothing(forecourt: Forecourt, plate: str | None) -> None:
    answer = forecourt.choose(msgspec.structs.replace(FORGOTTEN, plate=plate))
    assert "tap the supervisor's card" in (answer.refused or "")
    forecourt.tap(BY)
    forecourt.wait(60)
    answer = forecourt.choose(msgspec.structs.replace(FORGOTTEN, plate=plate))
    assert "tap the supervisor's card" in (answer.refused or "")
    assert (forecourt.office.rows, granted(forecourt.office)) == ({}, [])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"plate": "DH 9 Z"}, "plate"),
        ({"plate": " - "}, "plate"),
        ({"reason": "other", "text": " "}, "text"),
    ],
)
def test_what_cannot_be_leaves_the_card_good(
    forecourt: Forecourt, change: dict[str, Any], why: str
) -> None:
    forecourt.tap(BY)
    answer = forecourt.choose(msgspec.structs.replace(FORGOTTEN, **change))
    assert why in (answer.refused or "")
    assert forecourt.choose(FORGOTTEN).refused is None


def test_the_day_has_a_count(forecourt: Forecourt) -> None:
    for _ in range(2):
        forecourt.tap(BY)
        forecourt.choose(FORGOTTEN)
        sell(forecourt, 100)
    forecourt.tap(BY)
    assert (forecourt.state, forecourt.code) == (State.REFUSED, "override_exceeded")
    assert len(granted(forecourt.office)) == 2


def test_two_cards_tapped_without_a_word_are_on_record_too(forecourt: Forecourt) -> None:
    forecourt.tap(BY)
    forecourt.tap(OTHER_UID)
    (said,) = granted(forecourt.office)
    assert (said.subject, said.chosen, said.reason) == (OTHER, False, None)


def test_a_reason_goes_with_the_card_that_follows(forecourt: Forecourt) -> None:
    forecourt.tap(BY)
    forecourt.choose(ChooseOverride(1, "journey", "to Soe"))
    forecourt.tap(OTHER_UID)
    (said,) = granted(forecourt.office)
    assert (said.chosen, said.reason, said.text) == (False, "journey", "to Soe")


def test_an_ordinary_fill_is_none(forecourt: Forecourt) -> None:
    forecourt.tap()
    assert granted(forecourt.office) == []
