"""Own grants first, then the department's or the station's; no ceiling is passed, no litre lost."""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.accounts import Balance
from gateway.core.draws import Draw, available_ml, draws_of, override_draw, split_over
from gateway.core.facts import Charge, GrantActivated
from tests.core.bench import POLICY, SUBJECT
from tests.core.ledger_of import PERIOD, balance_of, then
from tests.gateway.store.samples import TIME, grant, sale

MOMENT = (TIME, PERIOD)
TODAY = date(2026, 11, 22)
GATEWAY = "kupang-01"
AMBULANCE = msgspec.structs.replace(SUBJECT, emergency=True)
OVERRIDES = msgspec.structs.replace(POLICY, override_fill_ml=10_000, override_day_ml=15_000)


def of(kind: str, holder: str, grant_no: int, volume_ml: int) -> GrantActivated:
    held = msgspec.to_builtins(grant(grant_no, volume_ml, holder)) | {"kind": kind}
    return msgspec.convert(held, GrantActivated)


def stocked(own_ml: int, emergency_ml: int, override_ml: int) -> Balance:
    """Grant 1 is the vehicle's, 2 its department's, 3 the station's."""
    return balance_of(
        grant(1, own_ml),
        of("emergency", SUBJECT.department, 2, emergency_ml),
        of("override", GATEWAY, 3, override_ml),
    )


def override(
    balance: Balance, reserved: Mapping[int | str, Sequence[Charge]] | None = None, pump: int = 1
) -> Draw:
    return override_draw(balance, GATEWAY, OVERRIDES, TODAY, reserved or {}, pump)


def test_a_common_vehicle_draws_on_its_own_alone() -> None:
    assert [draw.account for draw in draws_of(SUBJECT, None)] == [SUBJECT.subject]


def test_own_comes_before_the_departments_and_the_stations() -> None:
    balance = stocked(1000, 2000, 4000)
    draws = draws_of(AMBULANCE, override(balance))
    assert [draw.account for draw in draws] == [
        SUBJECT.subject,
        f"emergency/{SUBJECT.department}",
        f"override/{GATEWAY}",
    ]
    assert available_ml(balance, draws, MOMENT, []) == 7000
    assert split_over(balance, draws, 3500, MOMENT, []) == [
        Charge(1, 1000),
        Charge(2, 2000),
        Charge(3, 500),
    ]
    with pytest.raises(ValueError, match=r"7001 ml of dh-1001-a and .*: expected at most 7000 ml"):
        split_over(balance, draws, 7001, MOMENT, [])


def test_an_overrun_is_held_against_the_vehicle_and_not_against_its_department() -> None:
    balance = then(stocked(1000, 2000, 0), sale(1, Charge(1, 1000), overrun_ml=300))
    assert available_ml(balance, draws_of(AMBULANCE, None), MOMENT, []) == 2000


def test_an_empty_emergency_grant_refuses() -> None:
    balance = then(stocked(0, 2000, 9000), sale(1, Charge(2, 2000)))
    assert available_ml(balance, draws_of(AMBULANCE, None), MOMENT, []) == 0


def test_an_override_ends_at_its_own_ceiling_and_the_days() -> None:
    balance = stocked(0, 0, 40_000)
    assert override(balance).most_ml == 10_000
    # 4 L reserved at this pump, 3 L for what is not declared yet: both count for the day.
    reserved: dict[int | str, list[Charge]] = {1: [Charge(3, 4000)], "0-2": [Charge(3, 3000)]}
    assert override(balance, reserved).most_ml == 6000
    assert override(balance, reserved, pump=3).most_ml == 8000
    taken = then(balance, sale(1, Charge(3, 9000)))
    assert override(taken).most_ml == 6000
    assert override(then(taken, sale(2, Charge(3, 6000)))).most_ml == 0
    assert override_draw(taken, GATEWAY, OVERRIDES, date(2026, 11, 23), {}, 1).most_ml == 10_000
    assert override_draw(taken, GATEWAY, OVERRIDES, None, {}, 1).most_ml == 6000


def test_without_a_policy_or_its_ceilings_nobody_overrides() -> None:
    balance = stocked(0, 0, 40_000)
    assert override_draw(balance, GATEWAY, None, TODAY, {}, 1).most_ml == 0
    assert override_draw(balance, GATEWAY, POLICY, TODAY, {}, 1).most_ml == 0


def test_what_the_stations_grant_gave_counts_for_the_vehicles_day_too() -> None:
    balance = then(stocked(1000, 0, 9000), sale(1, Charge(1, 1000), Charge(3, 2000)))
    vehicle, station = (
        balance.today(name, TODAY) for name in (SUBJECT.subject, f"override/{GATEWAY}")
    )
    assert vehicle is not None
    assert station is not None
    assert (vehicle.volume_ml, vehicle.visits, station.volume_ml) == (3000, 1, 2000)


@given(
    stock=st.tuples(st.integers(0, 9000), st.integers(0, 9000), st.integers(0, 40_000)),
    wishes=st.lists(st.integers(0, 30_000), max_size=8),
    emergency=st.booleans(),
    allowed=st.booleans(),
)
def test_whatever_is_reserved_no_grant_and_no_ceiling_is_passed(
    stock: tuple[int, int, int], wishes: list[int], *, emergency: bool, allowed: bool
) -> None:
    """One fill that is topped up again and again."""
    balance = stocked(*stock)
    subject = AMBULANCE if emergency else SUBJECT
    row: list[Charge] = []
    for wish_ml in wishes:
        draws = draws_of(subject, override(balance, {1: row}) if allowed else None)
        free_ml = available_ml(balance, draws, MOMENT, row)
        taken_ml = min(wish_ml, free_ml)
        more = split_over(balance, draws, taken_ml, MOMENT, row)
        assert sum(charge.volume_ml for charge in more) == taken_ml
        row += more
    used = {no: sum(c.volume_ml for c in row if c.grant_no == no) for no in (1, 2, 3)}
    assert all(used[no] <= stock[no - 1] for no in used)
    assert used[3] <= OVERRIDES.override_fill_ml
    assert emergency or not used[2]
    assert allowed or not used[3]
    if used[3]:
        assert used[1] == stock[0]
        assert not emergency or used[2] == stock[1]
