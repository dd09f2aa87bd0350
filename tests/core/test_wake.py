"""Time-outs: each one at its deadline, one nanosecond before, and overtaken by a reading."""

from dataclasses import dataclass

import pytest

from gateway.core.actions import Tell
from gateway.core.events import (
    CardUnreadable,
    StoreFailed,
    Woken,
)
from gateway.core.reasons import Reason, Status
from gateway.core.session import State
from gateway.core.units import NS_PER_MS, NS_PER_S
from tests.core.bench import (
    Bench,
    Reach,
    authorised,
    dispensing,
    flowing,
    handed_over,
    recording,
    reserving,
    settling,
)


def refused(bench: Bench) -> Bench:
    bench.send(CardUnreadable(Reason.CARD_RETRY))
    return bench


def retrying(bench: Bench) -> Bench:
    recording(bench).send(StoreFailed(Reason.STORAGE_FULL))
    return bench


@dataclass(frozen=True)
class Deadline:
    name: str
    reach: Reach
    after_ns: int
    before: State
    after: State
    ended_by: str | None = None


DEADLINES = [
    Deadline("store", reserving, 10 * NS_PER_S, State.DECIDING, State.FAULTED),
    Deadline("lift", authorised, 30 * NS_PER_S, State.AUTHORISED, State.RECORDING, "not_started"),
    Deadline(
        "first pulse", dispensing, 30 * NS_PER_S, State.DISPENSING, State.SETTLING, "not_started"
    ),
    Deadline("next pulse", flowing, 60 * NS_PER_S, State.DISPENSING, State.SETTLING, "no_flow"),
    Deadline("settle", settling, 2 * NS_PER_S, State.SETTLING, State.RECORDING, "attendant"),
    Deadline("refusal", refused, 4 * NS_PER_S, State.REFUSED, State.IDLE),
]
each_deadline = pytest.mark.parametrize("deadline", DEADLINES, ids=lambda d: d.name)


@each_deadline
def test_nothing_happens_one_nanosecond_early(deadline: Deadline) -> None:
    bench = deadline.reach(Bench())
    bench.send(Woken(), deadline.after_ns - 1)
    assert bench.state is deadline.before


@each_deadline
def test_at_its_deadline_it_happens(deadline: Deadline) -> None:
    bench = deadline.reach(Bench())
    bench.send(Woken(), deadline.after_ns)
    assert bench.state is deadline.after
    if bench.session.fill is not None:
        assert bench.session.fill.ended_by in (deadline.ended_by, "store_silent")


@each_deadline
@pytest.mark.parametrize("late_ns", [0, 7])
def test_a_reading_that_overtakes_a_deadline_does_not_lose_it(
    deadline: Deadline, late_ns: int
) -> None:
    bench = deadline.reach(Bench())
    bench.meter(0, after_ns=deadline.after_ns + late_ns)
    if bench.state is deadline.before:
        assert bench.wake_at_ns is not None
        assert bench.wake_at_ns <= bench.now_ns
        bench.wake()
    assert bench.state is deadline.after


def test_a_whole_fill_ends_at_its_time_limit() -> None:
    bench = dispensing(Bench())
    bench.meter(1, after_ns=899 * NS_PER_S)
    bench.send(Woken(), NS_PER_S - 1)
    assert bench.state is State.DISPENSING
    bench.send(Woken(), 1)
    assert bench.session.the_fill.ended_by == "time_limit"


def test_a_refused_sale_is_tried_again_after_five_seconds_and_once() -> None:
    bench = retrying(Bench())
    assert bench.send(Woken(), 5 * NS_PER_S - 1) == []
    assert len(bench.send(Woken(), 1)) == 1
    assert bench.send(Woken(), 60 * NS_PER_S) == []


@pytest.mark.parametrize("overtaken", [False, True])
def test_a_driver_who_waits_800_ms_is_told_so_once(overtaken: bool) -> None:
    bench = reserving(Bench())
    assert bench.send(Woken(), 800 * NS_PER_MS - 1) == []
    if overtaken:
        bench.meter(0, after_ns=5)
    assert bench.wake() == [Tell(Status.ASKING)]
    assert bench.send(Woken(), NS_PER_S) == []


@each_deadline
def test_once_woken_the_next_deadline_is_ahead(deadline: Deadline) -> None:
    bench = deadline.reach(Bench())
    for _ in range(5):
        if bench.wake_at_ns is None:
            break
        bench.wake()
        assert bench.wake_at_ns is None or bench.wake_at_ns > bench.now_ns


def test_a_late_pulse_puts_settling_off() -> None:
    bench = settling(Bench())
    bench.meter(1, after_ns=NS_PER_S)
    assert bench.send(Woken(), 2 * NS_PER_S - 1) == []
    assert len(handed_over(bench.send(Woken(), 1))) == 1
