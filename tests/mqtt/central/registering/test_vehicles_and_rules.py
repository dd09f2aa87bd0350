"""Vehicles, prices, rules and departments as people change them."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, select

from gateway.core.allocation import PutPolicy, PutPrice, PutSubject
from gateway.core.log import Entry
from mqtt.central.decisions import DecisionRefused, all_decisions
from mqtt.central.minting import mint
from mqtt.central.registering.noted import Note
from mqtt.central.registering.rules import (
    change_department,
    change_price,
    change_rules,
    rules_that_hold,
)
from mqtt.central.registering.vehicles import add_vehicle, change_vehicle, vehicle_of
from mqtt.central.tables import budgets, departments, directives, grants
from tests.mqtt.central.city import NOW, PERIOD, PRICE, QUOTA_ML, SUBJECTS, ZONE, vehicle

NOTE = Note("Ama Nalle", "decree 17", NOW)


@pytest.fixture
def connection(office: Any) -> Iterator[Connection]:
    with office.engine.begin() as made:
        yield made


def last_told(connection: Connection, kind: str) -> Any:
    """The content of the newest directive of a type for the first gateway."""
    where = (directives.c.gateway == "depot-1") & (directives.c.type == kind)
    query = select(directives.c.body).where(where).order_by(directives.c.sequence.desc()).limit(1)
    body = connection.scalar(query)
    return None if body is None else msgspec.json.decode(body, type=Entry).data


def test_a_vehicle_asks_for_its_odometer_and_a_drivers_card_from_now_on(
    connection: Connection,
) -> None:
    changes = {"meter_policy": "required", "driver_card": "required"}
    done = change_vehicle(connection, "dh 1001 aa", changes, None, NOTE)
    assert vehicle_of(connection, SUBJECTS[0]) == (done, QUOTA_ML)
    told = msgspec.convert(last_told(connection, "subject.put"), PutSubject)
    assert told == done == msgspec.structs.replace(vehicle(SUBJECTS[0]), **changes)
    assert all_decisions(connection)[-1].what == (
        "dh-1001-aa: meter_policy off -> required, driver_card off -> required"
    )


def test_a_quota_alone_is_a_change(connection: Connection) -> None:
    change_vehicle(connection, SUBJECTS[0], {}, 50_000, NOTE)
    assert vehicle_of(connection, SUBJECTS[0])[1] == 50_000
    assert all_decisions(connection)[-1].what == "dh-1001-aa: quota_ml 40000 -> 50000"


@pytest.mark.parametrize(
    ("changes", "quota_ml", "why"),
    [
        ({}, None, "holds already"),
        ({"blocked": False}, QUOTA_ML, "holds already"),
        ({"department": "nowhere"}, None, "no department 'nowhere'; there are dinkes"),
        ({"products": ["petrol"]}, None, "no price for petrol"),
        ({"tank_ml": 10**9}, None, "tank_ml"),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(
    connection: Connection, changes: dict[str, Any], quota_ml: int | None, why: str
) -> None:
    before = vehicle_of(connection, SUBJECTS[0]), all_decisions(connection)
    with pytest.raises(DecisionRefused, match=why):
        change_vehicle(connection, SUBJECTS[0], changes, quota_ml, NOTE)
    assert (vehicle_of(connection, SUBJECTS[0]), all_decisions(connection)) == before


def test_a_new_vehicle_has_its_share_of_this_month(connection: Connection) -> None:
    mint(connection, PERIOD, ZONE, NOW)
    values = msgspec.structs.asdict(vehicle("dh-77-xx"))
    add_vehicle(connection, values, 30_000, NOTE)
    mint(connection, PERIOD, ZONE, NOW)
    shares = connection.scalars(
        select(grants.c.volume_ml).where(grants.c.subject == "dh-77-xx", grants.c.period == PERIOD)
    )
    assert 0 < sum(shares) <= 30_000
    with pytest.raises(DecisionRefused, match="already, as dh-77-xx"):
        add_vehicle(connection, values | {"subject": "other"}, 30_000, NOTE)


def test_a_price_has_a_version_of_its_own(connection: Connection) -> None:
    done = change_price(connection, "pertamax", PRICE + 200, NOTE)
    assert msgspec.convert(last_told(connection, "price.put"), PutPrice) == done
    assert done.price_idr_per_l == PRICE + 200
    assert not done.subsidised
    again = change_price(connection, "pertamax", PRICE, NOTE)
    assert again.version == done.version + 1
    for product, price_idr, why in (
        ("pertamax", PRICE, "costs Rp 10000 already"),
        ("petrol", PRICE, "no product 'petrol'"),
        ("pertamax", 10**7, "price_idr_per_l"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            change_price(connection, product, price_idr, NOTE)
    assert change_price(connection, "petrol", PRICE, NOTE, subsidised=True).version == 1


def test_rules_reach_the_gateways(connection: Connection) -> None:
    before = rules_that_hold(connection)
    after = change_rules(connection, {"open_hour": 6, "close_hour": 18}, NOTE)
    assert after == msgspec.structs.replace(before, open_hour=6, close_hour=18)
    assert rules_that_hold(connection) == after
    assert msgspec.convert(last_told(connection, "policy.put"), PutPolicy) == after
    for changes, why in (
        ({"open_hour": 18}, "from 18 to 18"),
        ({"meter_tries": 11}, "meter_tries"),
        ({}, "holds already"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            change_rules(connection, changes, NOTE)
    assert rules_that_hold(connection) == after


def test_a_department_and_its_budget(connection: Connection) -> None:
    change_department(connection, "dinkes", NOTE, year=2026, budget_idr=5_000_000)
    held = select(budgets.c.budget_idr).where(budgets.c.department == "dinkes")
    assert connection.scalar(held.where(budgets.c.year == 2026)) == 5_000_000
    with pytest.raises(DecisionRefused, match="holds already"):
        change_department(connection, "dinkes", NOTE, year=2026, budget_idr=5_000_000)
    with pytest.raises(DecisionRefused, match="expected a title, and a budget for 2026"):
        change_department(connection, "new", NOTE, year=2026, title="New")
    with pytest.raises(DecisionRefused, match="'No Name'"):
        change_department(connection, "No Name", NOTE, year=2026, title="New", budget_idr=1)
    change_department(connection, "new", NOTE, year=2026, title="New", budget_idr=1)
    assert connection.scalar(select(departments.c.title).where(departments.c.name == "new"))
