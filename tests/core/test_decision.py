"""Who may take how much: the order of the rules, and each one's boundary."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import msgspec
import pytest

from gateway.core.decision import Allowed, Denied, Question, decide, wanting
from gateway.core.dosing import LEAST_FILL_ML
from gateway.core.given import Needed
from gateway.core.reasons import Reason
from tests.core.bench import CARD, POLICY, PRICE, SUBJECT

BOUND_ML = 610
FILL_STOP_ML = 20_000
QUESTION = Question(
    card=CARD,
    subject=SUBJECT,
    price=PRICE,
    policy=POLICY,
    product="pertamax",
    remaining_ml=50_000,
    stop_bound_ml=BOUND_ML,
    day_volume_ml=0,
    day_visits=0,
    local_hour=12,
    period_known=True,
    central_heard_days=0,
    in_use=False,
    undeclared=False,
    online=True,
)


def ask(**changes: Any) -> Allowed | Denied | Needed:
    return decide(replace(QUESTION, **changes))


def policy(**changes: Any) -> dict[str, Any]:
    return {"policy": msgspec.structs.replace(POLICY, **changes)}


def card(**changes: Any) -> dict[str, Any]:
    return {"card": msgspec.structs.replace(CARD, **changes)}


def subject(**changes: Any) -> dict[str, Any]:
    return {"subject": msgspec.structs.replace(SUBJECT, **changes)}


SUBSIDISED = {"price": msgspec.structs.replace(PRICE, subsidised=True)}

IN_ORDER: list[tuple[Reason, dict[str, Any]]] = [
    (Reason.ALLOCATION_DAMAGED, {"policy": None}),
    (Reason.CARD_LOST, card(status="lost")),
    (Reason.VEHICLE_BLOCKED, subject(blocked=True)),
    (Reason.CARD_IN_USE, {"in_use": True}),
    (Reason.DECLARATION_OPEN, {"undeclared": True}),
    (Reason.WRONG_PRODUCT, {"product": "dexlite"}),
    (Reason.SUBSIDY_NOT_ALLOWED, SUBSIDISED),
    (Reason.OUTSIDE_HOURS, {"local_hour": 23}),
    (Reason.ALLOCATION_EXPIRED, {"period_known": False, "online": False}),
    (Reason.ALLOCATION_EXPIRED, {"central_heard_days": 7}),
    (Reason.LIMIT_VISITS, {"day_visits": 3}),
    (Reason.QUOTA_EXHAUSTED, {"remaining_ml": 0}),
]


@pytest.mark.parametrize(("code", "why"), IN_ORDER)
def test_each_rule_refuses(code: Reason, why: dict[str, Any]) -> None:
    assert ask(**why) == Denied(code)


@pytest.mark.parametrize(("first", "second"), list(combinations(IN_ORDER, 2)))
def test_the_first_rule_that_refuses_is_told(
    first: tuple[Reason, dict[str, Any]], second: tuple[Reason, dict[str, Any]]
) -> None:
    assert ask(**(second[1] | first[1])) == Denied(first[0])


@pytest.mark.parametrize(
    "unknown",
    [
        {"card": None},
        {"subject": None},
        card(status="replaced"),
        *[card(card=kind) for kind in ("driver", "attendant", "supervisor", "technician")],
    ],
)
@pytest.mark.parametrize("also", [why for _, why in IN_ORDER if "card" not in why])
def test_an_unknown_card_is_told_nothing_else(
    unknown: dict[str, Any], also: dict[str, Any]
) -> None:
    assert ask(**(also | unknown)) == Denied(Reason.UNKNOWN_CARD)


def test_a_blocked_card_blocks_the_vehicle() -> None:
    assert ask(**card(status="blocked")) == Denied(Reason.VEHICLE_BLOCKED)


def test_no_price_is_no_sale() -> None:
    assert ask(price=None) == Denied(Reason.ALLOCATION_DAMAGED)


@pytest.mark.parametrize(
    ("change", "stop_ml", "bound_by"),
    [
        ({}, FILL_STOP_ML, Reason.LIMIT_FILL),
        ({"remaining_ml": FILL_STOP_ML + BOUND_ML}, FILL_STOP_ML, Reason.QUOTA_EXHAUSTED),
        ({"remaining_ml": FILL_STOP_ML + BOUND_ML + 1}, FILL_STOP_ML, Reason.LIMIT_FILL),
        ({"remaining_ml": FILL_STOP_ML + BOUND_ML - 1}, FILL_STOP_ML - 1, Reason.QUOTA_EXHAUSTED),
        ({"day_volume_ml": 80_000}, FILL_STOP_ML, Reason.LIMIT_DAY),
        ({"day_volume_ml": 79_999}, FILL_STOP_ML, Reason.LIMIT_FILL),
        ({"day_volume_ml": 80_001}, FILL_STOP_ML - 1, Reason.LIMIT_DAY),
        (policy(fill_ml=19_999), FILL_STOP_ML - 1, Reason.LIMIT_FILL),
        (policy(uid_only_fill_ml=70_000), 45_000, Reason.TANK_LIMIT),
        (policy(uid_only_fill_ml=70_000) | subject(tank_ml=90_000), 49_390, Reason.QUOTA_EXHAUSTED),
        (
            policy(uid_only_fill_ml=70_000) | subject(tank_ml=90_000) | {"remaining_ml": 90_000},
            60_000,
            Reason.LIMIT_FILL,
        ),
        (subject(tank_ml=19_999), FILL_STOP_ML - 1, Reason.TANK_LIMIT),
    ],
)
def test_the_tightest_limit_sets_the_stop(
    change: dict[str, Any], stop_ml: int, bound_by: Reason
) -> None:
    answer = ask(**change)
    assert isinstance(answer, Allowed)
    assert (answer.stop_ml, answer.bound_by) == (stop_ml, bound_by)


LEAST_OF: list[tuple[Reason, Any]] = [
    (Reason.QUOTA_EXHAUSTED, lambda ml: {"remaining_ml": ml + BOUND_ML}),
    (Reason.LIMIT_DAY, lambda ml: {"day_volume_ml": POLICY.day_ml - ml}),
    (Reason.LIMIT_FILL, lambda ml: policy(fill_ml=ml)),
    (Reason.LIMIT_FILL, lambda ml: policy(uid_only_fill_ml=ml)),
    (Reason.TANK_LIMIT, lambda ml: subject(tank_ml=ml)),
]


@pytest.mark.parametrize(("code", "stop_at"), LEAST_OF)
def test_the_least_fill_is_sold_and_a_millilitre_less_is_not(code: Reason, stop_at: Any) -> None:
    answer = ask(**stop_at(LEAST_FILL_ML))
    assert isinstance(answer, Allowed)
    assert (answer.stop_ml, answer.bound_by) == (100, code)
    assert ask(**stop_at(LEAST_FILL_ML - 1)) == Denied(code)


@pytest.mark.parametrize(("code", "stop_at"), LEAST_OF)
def test_only_an_empty_quota_reads_differently_offline(code: Reason, stop_at: Any) -> None:
    offline = Reason.GRANT_EMPTY_OFFLINE if code is Reason.QUOTA_EXHAUSTED else code
    assert ask(**stop_at(0), online=False) == Denied(offline)


def test_what_is_allowed_carries_what_it_was_allowed_on() -> None:
    assert ask() == Allowed(
        CARD, SUBJECT, PRICE, FILL_STOP_ML, Reason.LIMIT_FILL, 50_000, dosed=True
    )


@pytest.mark.parametrize(("preset_ml", "allowed"), [(99, False), (100, True), (5000, True)])
def test_a_preset_is_a_limit_of_its_own(preset_ml: int, allowed: bool) -> None:
    answer = ask(preset_ml=preset_ml)
    if not allowed:
        assert answer == Denied(Reason.PRESET)
        return
    assert isinstance(answer, Allowed)
    assert (answer.stop_ml, answer.bound_by, answer.dosed) == (preset_ml, Reason.PRESET, True)


def test_a_quota_is_never_a_dose() -> None:
    answer = ask(remaining_ml=5000, preset_ml=4999)
    assert isinstance(answer, Allowed)
    assert (answer.stop_ml, answer.dosed) == (5000 - BOUND_ML, False)


@pytest.mark.parametrize(
    ("offline_days", "heard_days", "allowed"),
    [
        (7, 6, True),
        (7, 7, False),
        (7, 8, False),
        (1, 0, True),
        (1, 1, False),
        (0, 0, True),
        (0, 10_000, True),
    ],
)
def test_days_without_central(offline_days: int, heard_days: int, *, allowed: bool) -> None:
    answer = ask(**policy(offline_days=offline_days), central_heard_days=heard_days)
    assert isinstance(answer, Allowed) is allowed
    assert allowed or answer == Denied(Reason.ALLOCATION_EXPIRED)


@pytest.mark.parametrize(("visits", "allowed"), [(2, True), (3, False), (4, False)])
def test_visits_a_day(visits: int, allowed: bool) -> None:
    assert isinstance(ask(day_visits=visits), Allowed) == allowed


@pytest.mark.parametrize(
    ("open_hour", "close_hour", "open_at"),
    [
        (6, 22, range(6, 22)),
        (0, 24, range(24)),
        (22, 6, [22, 23, *range(6)]),
        (20, 0, range(20, 24)),
        (8, 8, []),
        (0, 1, [0]),
        (23, 24, [23]),
        (24, 0, []),
    ],
)
def test_filling_hours(open_hour: int, close_hour: int, open_at: list[int]) -> None:
    hours = policy(open_hour=open_hour, close_hour=close_hour)
    served = [hour for hour in range(24) if isinstance(ask(**hours, local_hour=hour), Allowed)]
    assert served == sorted(open_at)


def test_hours_do_not_bind_whom_the_city_exempts_nor_a_doubtful_clock() -> None:
    assert isinstance(ask(**subject(vehicle="truck"), local_hour=3), Allowed)
    assert isinstance(ask(local_hour=None), Allowed)


@pytest.mark.parametrize("allowed", [True, False])
def test_subsidised_fuel_is_for_listed_classes(allowed: bool) -> None:
    answer = ask(**SUBSIDISED, **subject(subsidy_allowed=allowed))
    assert isinstance(answer, Allowed) == allowed


@pytest.mark.parametrize("code", Reason)
@pytest.mark.parametrize("unanswered", [False, True])
def test_a_quota_is_called_used_up_only_when_central_has_answered(
    code: Reason, *, unanswered: bool
) -> None:
    silent = unanswered and code is Reason.QUOTA_EXHAUSTED
    assert wanting(Denied(code), unanswered=unanswered) == Denied(
        Reason.GRANT_UNANSWERED if silent else code
    )


def test_what_another_grant_would_change() -> None:
    wanted = {code for code in Reason if Denied(code).for_want_of_litres}
    assert wanted == {
        Reason.QUOTA_EXHAUSTED,
        Reason.GRANT_EMPTY_OFFLINE,
        Reason.GRANT_UNANSWERED,
    }
