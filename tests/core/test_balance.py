"""What is left to a subject, from the ledger alone."""

from collections.abc import Sequence
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.balance import Balance, apply
from gateway.core.facts import Charge, FlowUnauthorised
from gateway.core.open_session import add_charges, settle
from tests.core.ledger_of import PERIOD, balance_of, entries
from tests.gateway.store.samples import SUBJECT, TIME, grant, refusal, sale


def remaining(balance: Balance, reserved: Sequence[Charge] = ()) -> int:
    return balance.remaining_ml(SUBJECT, TIME, PERIOD, reserved)


def test_remaining_is_grants_less_spent_less_reserved() -> None:
    balance = balance_of(grant(1, 40_000), grant(2, 5_000), refusal(1), sale(1, Charge(1, 12_345)))
    assert remaining(balance) == 32_655
    assert remaining(balance, [Charge(1, 2_000), Charge(2, 500)]) == 30_155
    assert balance.remaining_ml("dh-2002-b", TIME, PERIOD) == 0


def test_a_grant_activates_once() -> None:
    balance = balance_of(grant(7, 40_000), grant(7, 40_000), grant(6, 10_000))
    assert remaining(balance) == 40_000
    assert balance.high_water == 7


@pytest.mark.parametrize(
    ("now_utc", "period", "left"),
    [
        ("2026-10-31T15:59:59.999Z", "2026-11", 0),
        ("2026-10-31T16:00:00.000Z", "2026-11", 40_000),
        ("2026-11-30T16:00:00.000Z", "2026-11", 40_000),
        ("2026-11-30T16:00:00.001Z", "2026-11", 0),
        (TIME, "2026-12", 0),
    ],
)
def test_a_grant_serves_in_its_period_only(now_utc: str, period: str, left: int) -> None:
    assert balance_of(grant(1)).remaining_ml(SUBJECT, now_utc, period) == left


def test_a_split_takes_the_oldest_grant_first() -> None:
    balance = balance_of(grant(1, 3_000), grant(4, 5_000), sale(1, Charge(1, 1_000)))
    split = balance.split(SUBJECT, 2_500, TIME, PERIOD, [Charge(1, 500)])
    assert split == [Charge(1, 1_500), Charge(4, 1_000)]
    assert balance.split(SUBJECT, 0, TIME, PERIOD) == []
    with pytest.raises(ValueError, match="7001 ml of dh-1001-a: expected 0 to 7000 ml"):
        balance.split(SUBJECT, 7_001, TIME, PERIOD)


NEXT = "2026-12"


def test_an_overrun_is_held_until_a_later_months_grant() -> None:
    facts = [grant(1, 3_000), sale(1, Charge(1, 3_000), overrun_ml=250)]
    balance = balance_of(*facts)
    assert remaining(balance) == -250
    assert balance.split(SUBJECT, 0, TIME, PERIOD) == []
    later = msgspec.structs.replace(grant(2, 1_000), period=NEXT)
    balance = balance_of(*facts, later)
    assert balance.remaining_ml(SUBJECT, TIME, NEXT) == 1_000


@pytest.mark.parametrize("volume_ml", [0, 1_000])
def test_a_grant_of_the_same_month_forgives_no_overrun(volume_ml: int) -> None:
    """It may have been on its way, and an empty one takes nothing off."""
    facts = [grant(1, 40_000), sale(1, Charge(1, 10_000), overrun_ml=5_000)]
    assert remaining(balance_of(*facts)) == 25_000
    assert remaining(balance_of(*facts, grant(2, volume_ml))) == 25_000 + volume_ml


def test_an_overrun_after_the_next_months_grant_came_is_held_against_both() -> None:
    next_month = msgspec.structs.replace(grant(2, 1_000), period=NEXT)
    more = msgspec.structs.replace(grant(3, 500), period=NEXT)
    facts = [grant(1, 3_000), next_month, sale(1, Charge(1, 1_000), overrun_ml=250), more]
    assert remaining(balance_of(*facts)) == 1_750
    assert balance_of(*facts).remaining_ml(SUBJECT, TIME, NEXT) == 1_250


def test_a_sale_from_an_unknown_grant_is_refused() -> None:
    with pytest.raises(ValueError, match="entry 1 charges grant 9, never activated here"):
        balance_of(sale(1, Charge(9, 100)))


def test_days_are_those_of_the_city() -> None:
    first, second = "2026-11-21T15:30:00.000Z", "2026-11-21T16:30:00.000Z"
    known = balance_of(grant(1), sale(1, Charge(1, 1_000), started=first))
    assert known.today(SUBJECT, date(2026, 11, 22)) is None
    before = known.today(SUBJECT, date(2026, 11, 21))
    assert before is not None
    assert (before.volume_ml, before.visits) == (1_000, 1)

    (entry,) = entries(sale(2, Charge(1, 2_000), started=second))
    after = apply(known, entry).today(SUBJECT, date(2026, 11, 22))
    assert after is not None
    assert (after.volume_ml, after.visits) == (2_000, 1)


def test_a_doubtful_clock_begins_no_day() -> None:
    balance = balance_of(
        grant(1),
        sale(1, Charge(1, 1_000), started="2026-11-21T04:00:00.000Z"),
        sale(2, Charge(1, 2_000), started="2026-12-25T04:00:00.000Z", clock="doubtful"),
    )
    day = balance.today(SUBJECT, None)
    assert day is not None
    assert (day.day, day.volume_ml, day.visits) == (date(2026, 11, 21), 3_000, 2)


def test_the_meter_goes_on_from_its_last_entry() -> None:
    ended = sale(1, Charge(1, 1_000), totaliser_start_ml=500)
    unread = msgspec.structs.replace(ended, totaliser_end_ml=None, metered_ml=700, pump=2)
    flow = FlowUnauthorised(pump=1, volume_ml=150, totaliser_end_ml=1_650)
    assert balance_of(grant(1), ended, unread).totaliser_ml == {1: 1_500, 2: 1_200}
    assert balance_of(grant(1), ended, flow).totaliser_ml == {1: 1_650}


@given(
    volumes=st.lists(st.integers(0, 50_000), min_size=1, max_size=5),
    wishes=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 25_000)), max_size=12),
)
def test_litres_are_conserved_and_never_overdrawn(
    volumes: list[int], wishes: list[tuple[int, int]]
) -> None:
    """Reserve what is wished and free, dispense some or more of it, and add it all up."""
    balance = balance_of(*(grant(no, ml) for no, ml in enumerate(volumes, start=1)))
    charged_ml = overran_ml = 0
    for number, (wished_ml, dispensed_ml) in enumerate(wishes, start=1):
        free_ml = max(0, remaining(balance))
        first = balance.split(SUBJECT, min(wished_ml, free_ml) // 2, TIME, PERIOD)
        more_ml = min(wished_ml, free_ml) - min(wished_ml, free_ml) // 2
        more = balance.split(SUBJECT, more_ml, TIME, PERIOD, first)
        reserved = add_charges(first, more)
        assert sum(charge.volume_ml for charge in reserved) == min(wished_ml, free_ml)
        assert len({charge.grant_no for charge in reserved}) == len(reserved)
        assert remaining(balance, reserved) >= 0 or overran_ml

        charges, overrun_ml = settle(reserved, dispensed_ml)
        done = sale(number, *charges, overrun_ml=overrun_ml)
        assert done.volume_ml == dispensed_ml
        (entry,) = entries(done)
        balance = apply(balance, entry)
        charged_ml += dispensed_ml - overrun_ml
        overran_ml += overrun_ml

    assert remaining(balance) == sum(volumes) - charged_ml - overran_ml
    held = balance.account(SUBJECT).grants
    assert sum(one.spent_ml for one in held) == charged_ml
    assert all(0 <= one.spent_ml <= one.volume_ml for one in held)


def test_a_meter_never_counts_backwards() -> None:
    """A flow noted before the sale that it followed; a start read before a stray flow."""
    flow = FlowUnauthorised(pump=1, volume_ml=500, totaliser_end_ml=2_500)
    late = sale(1, Charge(1, 2_000))
    stale = msgspec.structs.replace(sale(2, Charge(1, 100)), totaliser_end_ml=None, metered_ml=100)
    assert balance_of(grant(1), flow, late, stale).totaliser_ml == {1: 2_500}
    assert balance_of(
        grant(1), late, flow, msgspec.structs.replace(flow, totaliser_end_ml=2_400)
    ).totaliser_ml == {1: 2_500}
