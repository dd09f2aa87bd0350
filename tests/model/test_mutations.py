"""Each of the eight mutations is found, by a shortest trace, and ends in litres nobody had."""

import pytest

from tests.model.invariants import OVERDRAWN
from tests.model.mutations import Mutation
from tests.model.search import Found, search
from tests.model.states import Bounds
from tests.model.words import told

ONE_GRANT, TWO_GRANTS = Bounds(quota=2, grants=1, replacements=0), Bounds(2, 2, 0)
each_mutation = pytest.mark.parametrize("mutation", Mutation, ids=lambda m: m.name.lower())

FIRST_BROKEN = {
    Mutation.TIME_OUT: ("S", 6),
    Mutation.VALVE_FIRST: ("G", 4),
    Mutation.CHARGE_METERED: ("G", 7),
    Mutation.CLOSE_FIRST: ("S", 7),
    Mutation.DELTAS: ("S", 9),
    Mutation.NO_HIGH_WATER: ("N", 5),
    Mutation.CLOSE_FORGOTTEN: ("S", 10),
    Mutation.OLD_IMAGE: ("N", 6),
}
"""Invariant, and the number of steps that lead to it."""
NEEDS_TWO_GATEWAYS = {
    Mutation.TIME_OUT,
    Mutation.CLOSE_FIRST,
    Mutation.DELTAS,
    Mutation.CLOSE_FORGOTTEN,
}
"""To be overdrawn: central grants again what it wrongly thinks it has back."""


def show(mutation: Mutation, found: Found) -> None:
    print(f"{mutation.value}: after {found.states:,} states\n{told(found.trace)}")
    print(f"     {found.violation}")


@each_mutation
def test_an_invariant_breaks(mutation: Mutation) -> None:
    found = search(TWO_GRANTS, mutation)
    show(mutation, found)
    invariant, steps = FIRST_BROKEN[mutation]
    assert found.violation.startswith(f"{invariant}: "), found.violation
    assert len(found.trace) == steps, told(found.trace)


@each_mutation
def test_more_can_flow_than_the_quota(mutation: Mutation) -> None:
    bounds = TWO_GRANTS if mutation in NEEDS_TWO_GATEWAYS else ONE_GRANT
    found = search(bounds, mutation, only_overdrawn=True)
    show(mutation, found)
    assert found.violation == OVERDRAWN


def test_fuel_flows_after_a_close_that_was_sent_too_early() -> None:
    """C breaks in the same step as S, which is named first."""
    found = search(
        TWO_GRANTS,
        Mutation.CLOSE_FIRST,
        only_overdrawn=True,
        until=lambda first, second: first.flowed_closed or second.flowed_closed,
    )
    assert found.violation == "found"


def test_without_a_mutation_the_same_bounds_hold() -> None:
    for bounds in (ONE_GRANT, TWO_GRANTS):
        assert not search(bounds).violation


def test_a_trace_is_told_in_words() -> None:
    trace = search(TWO_GRANTS, Mutation.VALVE_FIRST).trace
    assert told(trace) == (
        "  1. central mints grant 1 of 1 for gateway A\n"
        "  2. grant 1 arrives at gateway A\n"
        "  3. a card taps at gateway A: it asks its disk for a first unit of grant 1\n"
        "  4. one unit of grant 1 flows at gateway A"
    )
