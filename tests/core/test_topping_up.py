"""When a gateway asks for more, and how much."""

import msgspec
import pytest

from gateway.core.accounts import Account, HeldGrant
from gateway.core.topping_up import (
    ANSWER_NS,
    PAUSE_NS,
    is_awaited,
    may_ask,
    says_none,
    usual_fill_ml,
    wanted_ml,
)
from tests.core.bench import POLICY, SUBJECT


@pytest.mark.parametrize(
    ("left_ml", "wanted"),
    [(20_000, 0), (19_999, 20_001), (5000, 35_000), (0, 40_000), (-700, 40_000)],
)
def test_less_than_a_fill_asks_for_two(left_ml: int, wanted: int) -> None:
    assert wanted_ml(left_ml, 20_000) == wanted


def test_a_fill_is_the_tightest_of_tank_and_ceilings_with_its_stop_bound() -> None:
    assert usual_fill_ml(SUBJECT, POLICY, 700) == 20_700
    motorcycle = msgspec.structs.replace(SUBJECT, tank_ml=4000)
    assert usual_fill_ml(motorcycle, POLICY, 700) == 4700


@pytest.mark.parametrize(
    ("ago_ns", "ask", "awaited"),
    [
        (None, True, False),
        (0, False, True),
        (ANSWER_NS - 1, False, True),
        (ANSWER_NS, False, False),
        (PAUSE_NS - 1, False, False),
        (PAUSE_NS, True, False),
    ],
)
def test_it_is_asked_once_then_after_a_pause(
    ago_ns: int | None, *, ask: bool, awaited: bool
) -> None:
    assert may_ask(ago_ns) is ask
    assert is_awaited(ago_ns) is awaited


def held(*grants: tuple[int, str, int]) -> Account:
    return Account(
        tuple(HeldGrant(number, period, ml, "2026", "2027") for number, period, ml in grants)
    )


@pytest.mark.parametrize(
    ("account", "none"),
    [
        (held(), False),
        (held((4, "2026-07", 0)), True),
        (held((3, "2026-07", 900), (4, "2026-07", 0)), True),
        (held((3, "2026-07", 0), (4, "2026-07", 900)), False),
        (held((4, "2026-06", 0)), False),
        (held((4, "2026-07", 0), (5, "2026-08", 900)), True),
    ],
)
def test_a_grant_of_nothing_is_centrals_word_on_its_month(account: Account, *, none: bool) -> None:
    assert says_none(account, "2026-07") is none
