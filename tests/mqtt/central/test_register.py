"""What a person enters is refused there and then, not when a month is minted from it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from gateway.core.fields import MOST_GRANT_ML
from mqtt.central.city.generate import City, generate
from mqtt.central.grant_tables import settings
from mqtt.central.register import (
    QuotaRefused,
    put_city,
    put_department,
    put_override,
    put_subject,
)
from mqtt.central.tables import departments, directives, subjects
from tests.mqtt.central.city import NOW, QUOTA_ML, SUBJECTS, vehicle


def subject(connection: Connection, quota_ml: int) -> None:
    put_subject(connection, vehicle(SUBJECTS[0]), quota_ml, NOW)


def override(connection: Connection, quota_ml: int) -> None:
    put_override(connection, quota_ml)


def emergency(connection: Connection, quota_ml: int) -> None:
    put_department(connection, "dinkes", "Dinas Kesehatan", 2026, 1, quota_ml)


def held(connection: Connection) -> tuple[Any, ...]:
    return (
        list(connection.scalars(select(subjects.c.quota_ml))),
        list(connection.scalars(select(departments.c.emergency_ml))),
        list(connection.scalars(select(settings.c.override_ml))),
        connection.scalar(select(func.count()).select_from(directives)),
    )


@pytest.mark.parametrize("put", [subject, override, emergency])
@pytest.mark.parametrize("quota_ml", [-1, MOST_GRANT_ML + 1, 2**63])
def test_a_quota_that_no_grant_can_carry_is_refused_in_words(
    office: Any, put: Callable[[Connection, int], None], quota_ml: int
) -> None:
    with office.engine.begin() as connection:
        before = held(connection)
        with pytest.raises(QuotaRefused, match=rf"{quota_ml} ml a month: expected 0 to 1000000000"):
            put(connection, quota_ml)
        assert held(connection) == before


@pytest.mark.parametrize("put", [subject, override, emergency])
@pytest.mark.parametrize("quota_ml", [0, MOST_GRANT_ML])
def test_the_bounds_themselves_are_taken(
    office: Any, put: Callable[[Connection, int], None], quota_ml: int
) -> None:
    with office.engine.begin() as connection:
        put(connection, quota_ml)
        assert any(quota_ml in values for values in held(connection)[:3])


def test_of_a_city_with_one_such_quota_nothing_is_entered(office: Any) -> None:
    city: City = generate(7, "2026-07")
    wrong = replace(city.subjects[-1], quota_ml=MOST_GRANT_ML + 1)
    with office.engine.begin() as connection:
        with pytest.raises(QuotaRefused, match=wrong.put.subject):
            put_city(connection, replace(city, subjects=(*city.subjects[:-1], wrong)), NOW)
        assert held(connection)[0] == [QUOTA_ML] * len(SUBJECTS)
