"""What the ledger says of grants as they come, go and run out."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.accounts import Balance, account_of
from gateway.core.facts import Charge, Fact, GrantActivated, GrantClosed, GrantsSkipped
from gateway.core.grants import (
    MAX_LEAP,
    closed_with,
    expired,
    is_answered,
    last_begun,
    may_reserve,
    taken_up,
)
from tests.core.ledger_of import PERIOD, balance_of, closed, never_held, reported, then, told
from tests.gateway.store.samples import SUBJECT, TIME, grant, sale

LATER = "2026-12-01T00:00:00.000Z"
DECEMBER = msgspec.structs.replace(
    grant(9),
    period="2026-12",
    not_before="2026-11-30T16:00:00.000Z",
    not_after="2026-12-31T15:59:59.999Z",
)


def answer(
    balance: Balance, *grants: int, recalled: Sequence[int] = (), reserved: Sequence[Charge] = ()
) -> list[str]:
    return told(taken_up(balance, [grant(no) for no in grants], recalled, reserved))


def test_new_grants_are_taken_up_in_order() -> None:
    assert answer(balance_of(), 2, 1) == ["take up 1", "take up 2"]
    assert answer(balance_of(grant(1), grant(2)), 1, 2, 3) == ["take up 3"]


def test_what_is_leapt_over_is_closed_with_nothing() -> None:
    balance = balance_of(grant(3))
    assert answer(balance, 6) == [
        "close 4 at 0: never_held",
        "close 5 at 0: never_held",
        "take up 6",
    ]
    assert answer(balance, recalled=[5]) == ["close 4 at 0: never_held", "close 5 at 0: never_held"]


def test_numbers_below_an_incarnations_first_are_never_held_there() -> None:
    assert answer(balance_of(), 70) == ["skip 1 to 69", "take up 70"]
    balance = balance_of(*taken_up(balance_of(), [grant(70)], (), ()))
    assert (balance.high_water, balance.never_held) == (70, ())
    assert answer(balance, 33, recalled=[1, 33, 69]) == []
    assert all(is_answered(balance, number) for number in (1, 33, 69))
    assert answer(balance_of(), recalled=[3]) == ["skip 1 to 2", "close 3 at 0: never_held"]


@given(
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(1, 10**6), st.booleans()), min_size=1, max_size=6),
)
def test_every_number_leapt_over_is_answered_for_and_never_held(
    marked: int, leaps: list[tuple[int, bool]]
) -> None:
    """However long the leap, also in one of a fresh incarnation, and by a recall too."""
    balance = balance_of(*(grant(number) for number in range(1, marked + 1)))
    number = marked
    for leap, is_recall in leaps:
        first, number = number + 1, number + leap
        given = [] if is_recall else [grant(number)]
        said = taken_up(balance, given, [number] if is_recall else (), ())
        assert len(said) <= MAX_LEAP + 1
        closes = {fact.grant_no for fact in said if isinstance(fact, GrantClosed)}
        ranges = [(fact.first, fact.last) for fact in said if isinstance(fact, GrantsSkipped)]
        balance = then(balance, *said)
        assert (balance.high_water, balance.never_held) == (number, ())
        for between in {first, (first + number) // 2, number - 1} - {number, first - 1}:
            assert between in closes or any(low <= between <= up for low, up in ranges)
            assert is_answered(balance, between)
            assert taken_up(balance, [grant(between)], (), ()) == []


@pytest.mark.parametrize(("leap", "facts"), [(MAX_LEAP, MAX_LEAP + 1), (MAX_LEAP + 1, 2)])
def test_a_mad_leap_does_not_fill_the_ledger(leap: int, facts: int) -> None:
    assert len(taken_up(balance_of(grant(3)), [grant(4 + leap)], (), ())) == facts


def test_a_ledger_with_a_gap_that_nothing_closes_answers_its_recall() -> None:
    balance = balance_of(grant(70))
    assert balance.never_held == ((1, 69),)
    assert answer(balance, recalled=[33]) == ["close 33 at 0: never_held"]
    after = then(balance, *never_held(33), *never_held(1))
    assert after.never_held == ((2, 32), (34, 69))
    assert answer(after, recalled=[1, 33, 69]) == ["close 69 at 0: never_held"]


def test_an_idle_grant_is_closed_with_what_it_spent() -> None:
    balance = balance_of(grant(1), grant(2), sale(1, Charge(1, 1500)))
    assert answer(balance, recalled=[2, 1]) == [
        "close 1 at 1500: recalled",
        "close 2 at 0: recalled",
    ]


def test_a_grant_in_use_is_reported_once_and_gives_no_more() -> None:
    balance = balance_of(grant(1), sale(1, Charge(1, 1500)))
    reserved = [Charge(1, 4000)]
    assert answer(balance, recalled=[1], reserved=reserved) == ["report 1: 1500 + 4000"]
    after = then(balance, reported(1, 1500, 4000))
    assert answer(after, recalled=[1], reserved=reserved) == []
    assert after.remaining_ml(SUBJECT, TIME, PERIOD, reserved) == 0
    assert answer(after, recalled=[1]) == ["close 1 at 1500: recalled"]


def test_a_grant_recalled_before_it_came_is_never_taken_up() -> None:
    assert answer(balance_of(grant(1)), 2, recalled=[2]) == ["close 2 at 0: never_held"]
    balance = balance_of(grant(1), closed(2, why="never_held"))
    assert answer(balance, 2, recalled=[2]) == []
    assert then(balance, grant(2)).grant(2) is None


def test_a_closed_grant_is_closed_once() -> None:
    balance = balance_of(grant(1), sale(1, Charge(1, 1500)), closed(1, 1500))
    assert answer(balance, 1, recalled=[1]) == []
    assert balance.grant(1) is None
    assert balance.remaining_ml(SUBJECT, TIME, PERIOD) == 0
    with pytest.raises(ValueError, match="closed before"):
        then(balance, sale(2, Charge(1, 1)))


def test_the_close_comes_with_the_end_of_the_last_fill_on_a_recalled_grant() -> None:
    balance = balance_of(grant(1), grant(2), sale(1, Charge(1, 500)), reported(1, 500, 4000))
    ended, sold = [Charge(1, 4000), Charge(2, 1000)], [Charge(1, 2500)]
    assert told(closed_with(balance, ended, sold, [])) == ["close 1 at 3000: recalled"]
    assert told(closed_with(balance, ended, [], [])) == ["close 1 at 500: recalled"]
    assert closed_with(balance, ended, sold, [Charge(1, 1)]) == []
    assert closed_with(balance, [Charge(2, 1000)], [], []) == []
    assert closed_with(then(balance, closed(1, 500)), ended, sold, []) == []


def test_expired_grants_are_closed_in_batches() -> None:
    balance = balance_of(grant(1), grant(2), DECEMBER, sale(1, Charge(2, 700)))
    assert expired(balance, grant(1).not_after, [], 9) == []
    assert told(expired(balance, LATER, [], 9)) == [
        "close 1 at 0: expired",
        "close 2 at 700: expired",
    ]
    assert told(expired(balance, LATER, [], 1)) == ["close 1 at 0: expired"]
    assert told(expired(balance, LATER, [Charge(1, 1)], 9)) == ["close 2 at 700: expired"]


@pytest.mark.parametrize(
    ("facts", "wanted", "others", "may"),
    [
        ([grant(1, 5000)], 5000, 0, True),
        ([grant(1, 5000)], 5001, 0, False),
        ([grant(1, 5000), sale(1, Charge(1, 1000))], 4001, 0, False),
        ([grant(1, 5000)], 4000, 1001, False),
        ([grant(1, 5000), closed(1)], 3001, 0, False),
        ([grant(1, 5000), reported(1, 0, 3000)], 3001, 0, False),
        ([grant(1, 5000), reported(1, 0, 3000)], 3000, 0, True),
        ([], 3001, 0, False),
    ],
)
def test_a_reservation_is_judged_again_where_it_is_written(
    facts: list[Fact], wanted: int, others: int, *, may: bool
) -> None:
    had = [Charge(1, 3000)]
    assert may_reserve(balance_of(*facts), [Charge(1, wanted)], had, [Charge(1, others)]) is may


def test_early_grants_wait_for_their_period_though_the_clock_is_in_doubt() -> None:
    november, begins = grant(1), DECEMBER.not_before
    balance = balance_of(november, DECEMBER)
    assert last_begun(balance, "2026-10-01T00:00:00.000Z") is None
    assert last_begun(balance, "2026-11-30T15:59:59.999Z") == (november.not_before, PERIOD)
    for known_utc in (begins, "2027-06-01T00:00:00.000Z"):
        moment = last_begun(balance, known_utc)
        assert moment == (begins, "2026-12")
        assert balance.remaining_ml(SUBJECT, *moment) == DECEMBER.volume_ml


def test_a_period_stays_known_when_all_of_its_grants_are_closed() -> None:
    balance = balance_of(grant(1), closed(1))
    assert last_begun(balance, TIME) == (grant(1).not_before, PERIOD)


def test_accounts_of_the_three_kinds_never_collide() -> None:
    names = ["a", "override", "emergency", "a.b"]
    kinds: list[Fact] = []
    made = [
        account_of(kind, name) for kind in ("vehicle", "override", "emergency") for name in names
    ]
    assert len(set(made)) == len(made)
    for number, kind in enumerate(("override", "emergency"), start=1):
        kinds.append(
            msgspec.convert({**msgspec.to_builtins(grant(number)), "kind": kind}, GrantActivated)
        )
    balance = balance_of(*kinds)
    assert balance.remaining_ml(SUBJECT, TIME, PERIOD) == 0
    assert balance.remaining_ml(f"override/{SUBJECT}", TIME, PERIOD) == 40_000
