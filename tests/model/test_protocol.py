"""The grant protocol holds in every state that two gateways can reach, and is not idle."""

from collections.abc import Callable

import pytest

from mqtt.central.grants import Entitlement, plan
from tests.model.search import Sides, search
from tests.model.states import Book, Bounds, Record, Side
from tests.model.words import SENTENCES, told

LARGE_FILLS = Bounds(quota=3, grants=2, replacements=0)
REPLACED = Bounds(quota=2, grants=2, replacements=1)
MANY_GRANTS = Bounds(quota=2, grants=3, replacements=0)
BOTH = Bounds(quota=3, grants=2, replacements=1)
LARGER_FILLS = Bounds(quota=4, grants=2, replacements=0)
MUTATED_ONLY = {"time out", "Close durable", "copy the card", "old image"}


def exhaust(bounds: Bounds, at_least: int) -> None:
    found = search(bounds)
    print(f"{bounds}: {found.states:,} states, {found.sides:,} of one gateway")
    assert not found.violation, f"{found.violation}\n{told(found.trace)}"
    assert found.states >= at_least


@pytest.mark.parametrize(
    ("bounds", "at_least"),
    [(LARGE_FILLS, 130_000), (REPLACED, 110_000), (MANY_GRANTS, 290_000)],
    ids=["large fills", "replaced", "many grants"],
)
def test_every_state_keeps_s_g_n_and_c(bounds: Bounds, at_least: int) -> None:
    exhaust(bounds, at_least)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("bounds", "at_least"),
    [(BOTH, 750_000), (LARGER_FILLS, 700_000)],
    ids=["both", "larger fills"],
)
def test_every_state_keeps_them_within_wider_bounds(bounds: Bounds, at_least: int) -> None:
    exhaust(bounds, at_least)


def a_fill_completes(one: Side, _: Side) -> bool:
    return any(held.spent == 2 for held in one.gateway.disk.held) and not one.gateway.disk.row.grant


def a_recall_returns_litres_to_the_other(one: Side, other: Side) -> bool:
    """They are granted and have flowed there."""
    closed = [grant for grant in one.minted if grant.book is Book.CLOSED]
    returned = any(0 < grant.spent < grant.volume for grant in closed)
    return returned and sum(other.dispensed) == 1 and sum(one.dispensed) == 1


def the_whole_quota_flows_at_both(one: Side, other: Side) -> bool:
    first, second = sum(one.dispensed), sum(other.dispensed)
    return bool(first and second) and first + second == REPLACED.quota


def an_estimated_fill_is_charged_more_than_flowed(one: Side, _: Side) -> bool:
    return any(
        held.spent > flowed
        for held, flowed in zip(one.gateway.disk.held, one.dispensed, strict=True)
    )


def a_closed_grant_is_acknowledged_and_forgotten(one: Side, _: Side) -> bool:
    return any(
        held.record is Record.FORGOTTEN and grant.book is Book.CLOSED and grant.spent
        for held, grant in zip(one.gateway.disk.held, one.minted, strict=True)
    )


def a_grant_is_overtaken_by_the_next(one: Side, _: Side) -> bool:
    """Its Close(0) has given it back, though the gateway never held it."""
    records = [held.record for held in one.gateway.disk.held]
    closed = len(one.minted) == 2 and one.minted[0].book is Book.CLOSED
    return closed and records == [Record.CLOSED, Record.OPEN] and not one.activations[0]


def a_lost_gateway_is_replaced_and_sells(one: Side, _: Side) -> bool:
    gone = any(grant.book is Book.ALONE and not grant.incarnation for grant in one.minted)
    return (
        gone and one.gateway.disk.incarnation == 1 and any(h.spent for h in one.gateway.disk.held)
    )


def a_stolen_gateway_goes_on_after_its_grants_were_closed(one: Side, _: Side) -> bool:
    return one.incarnation == 1 and one.gateway.fill.dispensed == 1


GOALS: list[Callable[[Side, Side], bool]] = [
    a_fill_completes,
    a_recall_returns_litres_to_the_other,
    the_whole_quota_flows_at_both,
    an_estimated_fill_is_charged_more_than_flowed,
    a_closed_grant_is_acknowledged_and_forgotten,
    a_grant_is_overtaken_by_the_next,
    a_lost_gateway_is_replaced_and_sells,
    a_stolen_gateway_goes_on_after_its_grants_were_closed,
]


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.__name__)
def test_what_the_protocol_is_for_can_be_reached(goal: Callable[[Side, Side], bool]) -> None:
    found = search(REPLACED, until=lambda a, b: goal(a, b) or goal(b, a))
    assert found.violation == "found", f"not within {found.states} states"


def test_every_kind_of_move_occurs() -> None:
    bounds = Bounds(quota=2, grants=1, replacements=1)
    sides = Sides(bounds, None)
    sides.number(Side())
    kinds, number = set(), 0
    while number < len(sides.known):
        kinds |= {move.kind for move, _ in sides.after(number)}
        number += 1
    assert kinds == set(SENTENCES) - MUTATED_ONLY


def test_what_central_plans_is_among_what_the_model_mints() -> None:
    """The real split, with one unit of the model as a millilitre."""
    entitled = Entitlement("dh-1001-a", "dinas-kesehatan", ("pertamax",), LARGE_FILLS.quota, 0)
    planned = plan([entitled], ["a", "b"], {"pertamax": 1}, {"dinas-kesehatan": 1_000})
    shares = [share.volume_ml for share in planned.shares]

    def minted(*sides: Side) -> bool:
        return [grant.volume for side in sides for grant in side.minted] == shares

    found = search(LARGE_FILLS, until=lambda a, b: minted(a, b) or minted(b, a))
    assert found.violation == "found", f"{shares} is never minted"
