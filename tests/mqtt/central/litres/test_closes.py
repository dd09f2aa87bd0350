"""Closes, sales and reports that contradict central's books return nothing."""

from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.core.allocation import Grant, RecallGrant
from gateway.core.facts import GrantActivated, GrantReported, GrantsSkipped
from mqtt.central.holders import charged_ml
from mqtt.central.tables import grants
from tests.mqtt.central.litres.talk import (
    FIRST_ML,
    RESERVE_ML,
    answered,
    asks,
    books,
    closes,
    odd,
    sent,
    tell,
)

# Closes that the books contradict


@pytest.mark.parametrize(
    ("sold_ml", "spent_ml", "what"),
    [
        (1_000, FIRST_ML + 1, f"of {FIRST_ML} ml at {FIRST_ML + 1} ml"),
        (1_000, 999, "its sales sum to 1000 ml"),
        (1_000, 1_001, "its sales sum to 1000 ml"),
        (0, 5, "its sales sum to 0 ml"),
    ],
)
def test_a_close_that_contradicts_the_books_returns_nothing(
    linked: Any, sold_ml: int, spent_ml: int, what: str
) -> None:
    if sold_ml:
        linked.first.sell(sold_ml)
    closes(linked.first, 1, spent_ml)
    tell(linked, linked.first)
    assert what in odd(linked)[0]
    assert books(linked).charged_ml == 2 * FIRST_ML
    assert [one.gateway for one in books(linked).open] == ["depot-2"]


def test_what_was_never_minted_or_is_closed_cannot_be_closed(linked: Any) -> None:
    closes(linked.first, 99, 0)
    closes(linked.first, 1, 0, "expired")
    closes(linked.first, 1, 0, "expired")
    tell(linked, linked.first)
    assert odd(linked) == [
        "closes grant 99, which was never minted for this incarnation",
        "closes grant 1 again, closed at 0 ml",
    ]
    assert books(linked).charged_ml == FIRST_ML


def test_a_grant_of_another_incarnation_cannot_be_closed(linked: Any) -> None:
    with linked.engine.begin() as connection:
        connection.execute(update(grants).values(incarnation="9" * 16))
    closes(linked.first, 1, 0)
    linked.first.tell(GrantReported(grant_no=1, spent_ml=0, reserved_ml=0))
    tell(linked, linked.first)
    assert odd(linked) == [
        "closes grant 1, which was never minted for this incarnation",
        "reports grant 1, which was never minted for this incarnation",
    ]
    assert books(linked).charged_ml == 2 * FIRST_ML
    waits = asks(linked.first, 10_000)
    tell(linked, linked.first)
    assert not sent(linked, "depot-2", RecallGrant)  # nobody is left to answer it
    assert answered(linked, "depot-1", waits) == [RESERVE_ML]


def test_a_sale_on_a_closed_grant_is_odd_and_counts(linked: Any) -> None:
    closes(linked.first, 1, 0, "expired")
    linked.first.sell(2_000)
    tell(linked, linked.first)
    assert odd(linked) == ["charges grant 1, closed at 0 ml"]
    assert books(linked).charged_ml == FIRST_ML + 2_000


def test_more_charged_than_the_quota_is_said_and_nothing_minted(linked: Any) -> None:
    asks(linked.first, RESERVE_ML)
    closes(linked.first, 1, 0)
    asks(linked.first, FIRST_ML)
    linked.first.sell(1_000)
    later = asks(linked.first, 5_000)
    tell(linked, linked.first)
    assert "41000 ml are charged to dh-1001-aa in 2026-07" in odd(linked)[-1]
    assert answered(linked, "depot-1", later) == []
    assert books(linked).reserve_ml == 0


def test_a_report_is_kept_and_compared(linked: Any) -> None:
    linked.first.sell(1_000)
    linked.first.tell(GrantReported(grant_no=1, spent_ml=1_000, reserved_ml=2_500))
    linked.first.tell(GrantReported(grant_no=2, spent_ml=700, reserved_ml=0))
    linked.first.tell(GrantReported(grant_no=77, spent_ml=0, reserved_ml=0))
    tell(linked, linked.first)
    reserved = select(grants.c.reserved_ml).where(
        grants.c.gateway == "depot-1", grants.c.grant_no == 1
    )
    assert linked.scalar(reserved) == 2_500
    assert odd(linked) == [
        "reports 700 ml spent of grant 2, its sales sum to 0 ml",
        "reports grant 77, which was never minted for this incarnation",
    ]


def test_taking_up_what_was_not_minted_is_odd(linked: Any) -> None:
    grant = next(one for one in sent(linked, "depot-1", Grant) if one.grant_no == 1)
    linked.first.tell(grant.activation)
    other = {name: getattr(grant, name) for name in GrantActivated.__struct_fields__}
    linked.first.tell(GrantActivated(**(other | {"grant_no": 2})))
    linked.first.tell(GrantActivated(**(other | {"grant_no": 50})))
    tell(linked, linked.first)
    assert odd(linked) == [
        "takes up grant 2 with another subject",
        "takes up grant 50, which was never minted here",
    ]


def test_a_grant_is_charged_at_least_what_was_sold_on_it() -> None:
    assert charged_ml(10, 0, None) == 10
    assert charged_ml(10, 12, None) == 12
    assert charged_ml(10, 4, 4) == 4
    assert charged_ml(10, 6, 4) == 6
    assert charged_ml(10, 4, 10) == 10


def test_what_a_gateway_leapt_over_is_accounted_for(office: Any) -> None:
    """Of this incarnation alone: what an earlier one held is charged as it ended."""
    office.second.tell(GrantsSkipped(first=1, last=2**52))
    tell(office, office.second)
    columns = grants.c
    held = select(columns.closed_ml).where(columns.gateway == "depot-2")
    with office.engine.begin() as connection:
        assert set(connection.scalars(held)) == {0}
        former = update(grants).where(columns.gateway == "depot-1", columns.grant_no == 1)
        connection.execute(former.values(incarnation="00" * 8))
    office.first.tell(GrantsSkipped(first=1, last=1))
    tell(office, office.first)
    first = select(columns.closed_ml).where(columns.gateway == "depot-1", columns.grant_no == 1)
    with office.engine.connect() as connection:
        assert connection.scalar(first) is None
