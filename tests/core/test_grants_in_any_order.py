"""Grants, recalls and crashes in every order: every small case, by itself."""

from itertools import combinations, product

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.accounts import Balance
from gateway.core.facts import Charge, Fact, GrantActivated, GrantClosed
from gateway.core.grants import (
    closed_with,
    is_answered,
    may_reserve,
    taken_up,
)
from gateway.core.open_session import settle
from tests.core.ledger_of import balance_of, closed, never_held, reported, then
from tests.gateway.store.samples import grant, sale

NUMBERS = (1, 2, 3, 4)
STATES = ("unknown", "open", "in use", "recalled in use", "closed", "never held")


def every_ledger() -> list[tuple[Balance, list[Charge], tuple[str, ...]]]:
    """Every state of three numbers below a mark, with the reservations that go with it."""
    ledgers = []
    for states in product(STATES[1:], repeat=3):
        facts: list[Fact] = []
        reserved = []
        for number, state in enumerate(states, start=1):
            if state == "never held":
                facts += never_held(number)
                continue
            facts.append(grant(number, 5000))
            if state == "closed":
                facts.append(closed(number))
            elif state != "open":
                reserved.append(Charge(number, 2000))
            if state == "recalled in use":
                facts.append(reported(number, 0, 2000))
        ledgers.append((balance_of(*facts), reserved, states))
    return ledgers


def test_whatever_comes_in_whatever_order_twice_or_after_a_crash_ends_alike() -> None:
    """Every state of three grants; every set of grants and recalls up to the next but one."""
    cases = 0
    sets = [set(some) for size in range(4) for some in combinations((1, 2, 3, 5), size)]
    for balance, reserved, states in every_ledger():
        for given_nos, recalled in product(sets, sets):
            grants = [grant(no, 5000) for no in given_nos]
            said = taken_up(balance, grants, recalled, reserved)
            after = then(balance, *said)
            # Repeated, after whatever crash, nothing more is said and nothing changes.
            assert taken_up(after, grants, recalled, reserved) == []
            assert after.high_water == max({3, *given_nos, *recalled})
            assert after.never_held == ()
            for no in NUMBERS:
                held = after.grant(no)
                busy = no <= 3 and "in use" in states[no - 1]
                if no in recalled:
                    assert is_answered(after, no)
                    assert (held is not None) == busy
                    assert held is None or held.recalled
            closes = [fact.grant_no for fact in said if isinstance(fact, GrantClosed)]
            taken = [fact.grant_no for fact in said if isinstance(fact, GrantActivated)]
            assert len({*closes, *taken}) == len(closes) + len(taken)
            assert not [no for no in closes if no <= 3 and states[no - 1] != "open"]
            assert 5 not in {*given_nos, *recalled} or 4 in closes
            cases += 1
    print(f"{cases:,} cases")
    assert cases > 25_000


@given(
    volumes=st.lists(st.integers(1000, 9000), min_size=1, max_size=4),
    steps=st.lists(
        st.tuples(
            st.sampled_from(["reserve", "top up", "end", "recall", "lose power"]),
            st.integers(1, 4),
            st.integers(1, 5000),
        ),
        max_size=30,
    ),
)
def test_no_litre_flows_after_a_close_and_none_is_closed_twice(
    volumes: list[int], steps: list[tuple[str, int, int]]
) -> None:
    """One fill at a time, made durable only as the writer allows; closes say what flowed."""
    balance = balance_of(*(grant(no, ml) for no, ml in enumerate(volumes, start=1)))
    row: list[Charge] = []
    flowed: dict[int, int] = {}
    closes: dict[int, int] = {}
    sales = 0

    def write(*facts: Fact) -> None:
        nonlocal balance
        for fact in facts:
            if isinstance(fact, GrantClosed):
                assert fact.grant_no not in closes
                closes[fact.grant_no] = fact.spent_ml
        balance = then(balance, *facts)

    for what, number, volume_ml in steps:
        if what in ("reserve", "top up") and bool(row) == (what == "top up"):
            had_ml = sum(charge.volume_ml for charge in row if charge.grant_no == number)
            others = [charge for charge in row if charge.grant_no != number]
            wanted = [*others, Charge(number, had_ml + volume_ml)]
            if may_reserve(balance, wanted, row, []):
                assert number not in closes
                row = wanted
        elif what in ("end", "lose power") and row:
            reserved_ml = sum(charge.volume_ml for charge in row)
            sold_ml = reserved_ml if what == "lose power" else min(volume_ml, reserved_ml)
            charges, _ = settle(row, sold_ml)
            for charge in charges:
                flowed[charge.grant_no] = flowed.get(charge.grant_no, 0) + charge.volume_ml
            sales += 1
            write(sale(sales, *charges), *closed_with(balance, row, charges, []))
            row = []
        elif what == "recall":
            write(*taken_up(balance, [], [number], row))
    for number, spent_ml in closes.items():
        assert spent_ml == flowed.get(number, 0)
    for number, volume_ml in enumerate(volumes, start=1):
        assert flowed.get(number, 0) <= volume_ml
