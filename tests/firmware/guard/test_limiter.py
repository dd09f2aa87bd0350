import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.guard.limiter import LIMIT_REACHED, NEVER_OPENED, Limiter
from firmware.guard.stops import Stops

NOW_US = 1_000_000
"""Limits alone know no time."""


def opened(limit_pulses: int, counted: int = 0) -> Limiter:
    limiter = Limiter()
    limiter.add(counted, NOW_US)
    limiter.open(Stops(limit_pulses))
    return limiter


def test_starts_shut_at_zero() -> None:
    limiter = Limiter()
    assert (limiter.is_open, limiter.pulses_total, limiter.limit_pulses) == (False, 0, 0)
    assert limiter.shut_reason == NEVER_OPENED


@pytest.mark.parametrize("limit_pulses", [1, 2, 3, 100, 65_000])
@pytest.mark.parametrize("counted", [0, 1, 999])
def test_shuts_exactly_at_the_limit(limit_pulses: int, counted: int) -> None:
    limiter = opened(counted + limit_pulses, counted)
    for _ in range(limit_pulses - 1):
        assert limiter.add(1, NOW_US) is False
        assert limiter.is_open
    assert limiter.add(1, NOW_US) is True
    assert not limiter.is_open
    assert limiter.shut_reason == LIMIT_REACHED
    assert limiter.pulses_total == counted + limit_pulses


@pytest.mark.parametrize(("pulses", "shuts"), [(0, False), (9, False), (10, True), (11, True)])
def test_a_batch_shuts_at_or_past_the_limit_and_loses_no_pulse(pulses: int, shuts: bool) -> None:
    limiter = opened(10)
    assert limiter.add(pulses, NOW_US) is shuts
    assert limiter.is_open is not shuts
    assert limiter.pulses_total == pulses


def test_says_shut_once_and_counts_what_still_passes() -> None:
    limiter = opened(2)
    assert [limiter.add(1, NOW_US) for _ in range(5)] == [False, True, False, False, False]
    assert limiter.pulses_total == 5
    assert not limiter.is_open


def test_counts_while_shut() -> None:
    limiter = Limiter()
    assert [limiter.add(1, NOW_US) for _ in range(3)] == [False, False, False]
    assert limiter.pulses_total == 3


@pytest.mark.parametrize("limit_pulses", [1, 4, 5])
def test_refuses_a_limit_that_leaves_no_pulse(limit_pulses: int) -> None:
    limiter = Limiter()
    limiter.add(5, NOW_US)
    with pytest.raises(ValueError, match=f"limit {limit_pulses}: expected above the 5 counted"):
        limiter.open(Stops(limit_pulses))
    assert not limiter.is_open
    assert limiter.limit_pulses == 0


def test_refuses_to_open_twice_and_keeps_the_first_limit() -> None:
    limiter = opened(10)
    with pytest.raises(ValueError, match="already open with limit 10"):
        limiter.open(Stops(20))
    assert limiter.limit_pulses == 10
    assert limiter.is_open


@pytest.mark.parametrize("limit_pulses", [10, 11, 500])
def test_raising_moves_the_stop(limit_pulses: int) -> None:
    limiter = opened(10)
    limiter.add(9, NOW_US)
    limiter.raise_limit(Stops(limit_pulses))
    assert limiter.add(limit_pulses - 10, NOW_US) is False
    assert limiter.add(1, NOW_US) is True
    assert limiter.pulses_total == limit_pulses


@pytest.mark.parametrize("limit_pulses", [9, 1])
def test_a_limit_never_goes_down(limit_pulses: int) -> None:
    limiter = opened(10)
    with pytest.raises(ValueError, match=f"limit {limit_pulses}: expected at least 10"):
        limiter.raise_limit(Stops(limit_pulses))
    assert limiter.limit_pulses == 10
    assert limiter.is_open


def test_a_shut_pump_is_not_raised_open() -> None:
    limiter = opened(10)
    limiter.add(10, NOW_US)
    with pytest.raises(ValueError, match=r"shut \(limit\)"):
        limiter.raise_limit(Stops(20))
    assert not limiter.is_open
    assert limiter.limit_pulses == 10


def test_counting_backwards_is_refused() -> None:
    limiter = opened(10)
    limiter.add(3, NOW_US)
    with pytest.raises(ValueError, match="-1 pulses: a meter does not count backwards"):
        limiter.add(-1, NOW_US)
    assert limiter.pulses_total == 3


def test_the_first_reason_to_shut_stands() -> None:
    limiter = opened(10)
    limiter.shut("nozzle hung")
    limiter.shut("fault")
    assert not limiter.is_open
    assert limiter.shut_reason == "nozzle hung"


def test_shutting_what_never_opened_changes_nothing() -> None:
    limiter = Limiter()
    limiter.shut("nozzle hung")
    assert limiter.shut_reason == NEVER_OPENED


def test_opens_again_with_the_count_going_on() -> None:
    limiter = opened(2)
    limiter.add(3, NOW_US)
    limiter.open(Stops(4))
    assert limiter.is_open
    assert limiter.add(1, NOW_US) is True
    limiter.open(Stops(6))
    limiter.shut("fault")
    assert limiter.shut_reason == "fault"


class AnyOrder(RuleBasedStateMachine):
    """Whatever the order of calls: never open at or past a limit, never a pulse lost."""

    def __init__(self) -> None:
        super().__init__()
        self.limiter = Limiter()
        self.counted = 0
        self.limit: int | None = None

    @precondition(lambda self: self.limit is None)
    @rule(headroom=st.integers(1, 50))
    def open(self, headroom: int) -> None:
        self.limit = self.counted + headroom
        self.limiter.open(Stops(self.limit))

    @precondition(lambda self: self.limit is not None)
    @rule(more=st.integers(0, 50))
    def raise_limit(self, more: int) -> None:
        assert self.limit is not None
        self.limit += more
        self.limiter.raise_limit(Stops(self.limit))

    @rule(pulses=st.integers(0, 60))
    def add(self, pulses: int) -> None:
        self.counted += pulses
        reached = self.limit is not None and self.counted >= self.limit
        assert self.limiter.add(pulses, NOW_US) is reached
        if reached:
            self.limit = None

    @rule()
    def shut(self) -> None:
        self.limiter.shut("test")
        self.limit = None

    @invariant()
    def agrees(self) -> None:
        assert self.limiter.pulses_total == self.counted
        assert self.limiter.is_open is (self.limit is not None)
        assert not self.limiter.is_open or self.counted < self.limiter.limit_pulses


test_any_order_of_calls = AnyOrder.TestCase
