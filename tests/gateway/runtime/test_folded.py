"""A commit's entries are folded once for two threads, and to the same balance as ever."""

from zoneinfo import ZoneInfo

import pytest

from gateway.core import balance as core
from gateway.core.accounts import Balance
from gateway.core.log import Entry
from gateway.runtime import folded
from gateway.runtime.folded import KEPT, Folded

EMPTY = Balance(ZoneInfo("Asia/Makassar"))


def refusals(first: int) -> list[Entry]:
    return [
        Entry(
            id=f"{'a' * 16}/{first}",
            source="takar/depot-1",
            type="sale.refused",
            time="2026-07-10T04:00:00.000Z",
            data={"code": "unknown_card"},
            sequence=first,
            prevhash="0" * 64,
        )
    ]


@pytest.fixture
def folds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sequences of what was really folded."""
    done: list[int] = []

    def fold(balance: Balance, entries: list[Entry]) -> Balance:
        done.extend(entry.sequence for entry in entries)
        return core.fold(balance, entries)

    monkeypatch.setattr(folded, "fold", fold)
    return done


def test_what_the_writer_folded_the_loop_is_given(folds: list[int]) -> None:
    both = Folded()
    one, two = refusals(1), refusals(2)
    first = both.first(EMPTY, one)
    second = both.first(first, two)
    assert both.again(EMPTY, one) is first
    assert both.again(first, two) is second
    assert second.shift.refusals == {"unknown_card": 2}
    assert folds == [1, 2]


def test_anything_else_is_folded_anew(folds: list[int]) -> None:
    both = Folded()
    one = refusals(1)
    both.first(EMPTY, one)
    other = Balance(EMPTY.zone, high_water=7)
    found = both.again(other, one)
    assert (found.high_water, folds) == (7, [1, 1])
    both.first(EMPTY, one)
    assert both.again(EMPTY, refusals(1)) == both.again(EMPTY, one)
    assert folds == [1] * 5, "equal entries are not the very same ones"


def test_a_loop_far_behind_folds_by_itself(folds: list[int]) -> None:
    both, balances, told = Folded(), [EMPTY], []
    for sequence in range(1, KEPT + 3):
        told.append(refusals(sequence))
        balances.append(both.first(balances[-1], told[-1]))
    here = EMPTY
    for entries in told:
        here = both.again(here, entries)
    assert here == balances[-1]
    assert len(folds) == 2 * (KEPT + 2), "once it differs in one it is its own from then on"
