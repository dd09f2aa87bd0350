import ast
import inspect
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.guard import pulses
from firmware.guard.pulses import BREAK, FAULTS, NOTHING, SLOW, Counter, Dual, Single
from firmware.guard.ticks import PERIOD

FORWARD = (1, 3, 2, 0)
"""Levels as fuel flows: A rises, B rises, A falls, B falls."""


def play(counter: Single | Dual, *levels: int, from_us: int = 0, every_us: int = 250) -> list[int]:
    return [
        counter.edge((from_us + place * every_us) % PERIOD, level)
        for place, level in enumerate(levels, 1)
    ]


def fault(counter: Counter) -> str:
    return FAULTS[counter.fault]


def test_one_channel_counts_its_rises() -> None:
    counter = Single()
    play(counter, 1, 0, 1, 0, 1)
    assert counter.counted == 3
    assert counter.last_us == 1250


@pytest.mark.parametrize("b", [0, 2])
def test_one_channel_does_not_look_at_the_other(b: int) -> None:
    counter = Single()
    play(counter, b, 1 | b, 1, b, 1, 3)
    assert counter.counted == 2


def test_a_line_that_is_high_at_first_is_no_pulse() -> None:
    counter = Single(levels=1)
    assert play(counter, 1, 0, 1) == [NOTHING] * 3
    assert counter.counted == 1


def test_says_when_to_be_slow_and_when_to_break_once_each() -> None:
    counter = Counter()
    counter.slow_trip, counter.trip = 2, 4
    answers = [counter.pulse(at) for at in range(6)]
    assert answers == [NOTHING, SLOW, NOTHING, BREAK, NOTHING, NOTHING]
    assert counter.tripped == 1


def test_a_pulse_that_was_told_late_is_counted_and_not_judged() -> None:
    counter = Counter()
    counter.gap_us = 1000
    counter.trip = 6
    assert [counter.late() for _ in range(6)] == [NOTHING] * 5 + [BREAK]
    assert (counter.counted, counter.last_us, fault(counter)) == (6, 0, "")


def test_the_count_starts_again_at_the_largest_small_int() -> None:
    counter = Counter()
    counter.counted = PERIOD - 1
    counter.trip = 0
    assert counter.pulse(0) == BREAK
    assert counter.counted == 0


@pytest.mark.parametrize(
    ("gaps", "chatters"),
    [
        ([900, 100] * 3, False),
        ([900, 100] * 4, True),
        ([100] * 2, False),
        ([100] * 3, True),
        ([900, 900, 900, 900, 100] * 30, False),
        ([1000] * 50, False),
        ([999] * 3, True),
    ],
)
@pytest.mark.parametrize("from_us", [5000, PERIOD - 700])
def test_pulses_too_close_to_be_flow_are_chatter(
    gaps: list[int], chatters: bool, from_us: int
) -> None:
    counter = Counter()
    counter.last_us = from_us
    counter.gap_us = 1000 if gaps[0] in (1000, 999) else 500
    at_us = from_us
    for gap_us in gaps:
        at_us = (at_us + gap_us) % PERIOD
        answer = counter.pulse(at_us)
    assert fault(counter) == ("chatter" if chatters else "")
    assert answer == (BREAK if chatters else NOTHING)
    assert counter.counted == len(gaps), "every one is counted"
    counter.forgive()
    assert counter.pulse(at_us + 100) == NOTHING


@pytest.mark.parametrize("start", range(4))
@pytest.mark.parametrize("turns", [1, 2, 50])
def test_two_channels_count_each_turn_once_wherever_they_stand(start: int, turns: int) -> None:
    counter = Dual(FORWARD[start - 1])
    play(counter, *(FORWARD[start:] + FORWARD[:start]) * turns)
    assert counter.counted == turns
    assert fault(counter) == ""
    assert counter.reversed == 0


def test_two_channels_count_where_the_first_rises() -> None:
    counter = Dual()
    counter.trip = 2
    assert play(counter, *FORWARD, 1) == [NOTHING] * 4 + [BREAK]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("times", [1, 2, pulses.ALONE_RISES - 1])
def test_a_disc_that_trembles_on_an_edge_counts_nothing_more(place: int, times: int) -> None:
    counter = Dual()
    levels = [*FORWARD * 2]
    levels[place:place] = [levels[place], levels[place - 1] if place else 0] * times
    play(counter, *levels)
    assert counter.counted == 2
    assert counter.reversed == 0
    assert fault(counter) == ""


@pytest.mark.parametrize("dead", [1, 2])
@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("from_place", range(8))
def test_a_dead_channel_is_a_fault_within_nine_pulses_and_none_is_lost(
    dead: int, level: int, from_place: int
) -> None:
    counter = Dual()
    truth, before, found = FORWARD * 12, 0, 0
    for place, levels in enumerate(truth):
        at = levels if place < from_place else (levels & ~dead) | (dead * level)
        if at != before:
            counter.edge(place * 250, at)
        before = at
        found = found or (place if fault(counter) else 0)
    assert found - from_place <= 4 * (pulses.ALONE_RISES + 1)
    assert fault(counter) == "missing_channel"
    assert counter.tripped == 1
    assert counter.counted == 12


@pytest.mark.parametrize("dead_level", [0, 2])
def test_until_a_dead_channel_is_known_the_limit_holds_as_if_its_pulses_were_counted(
    dead_level: int,
) -> None:
    counter = Dual(dead_level)
    counter.trip = 4
    answers = [answer for _ in range(4) for answer in play(counter, dead_level | 1, dead_level)]
    assert answers.index(BREAK) == 6, "where A rises for the fourth time"
    assert (counter.tripped, fault(counter)) == (1, "")


def test_a_disc_that_trembles_now_and_then_is_no_missing_channel() -> None:
    counter = Dual()
    for hour in range(100):
        play(counter, 1, 0, 1, 0, from_us=hour * 3_600_000_000)
    assert (counter.counted, fault(counter)) == (1, "")
    play(counter, *(1, 0) * pulses.ALONE_RISES, from_us=100 * 3_600_000_000)
    assert fault(counter) == "missing_channel"


def test_channels_that_change_together_are_a_fault() -> None:
    counter = Dual()
    assert play(counter, 3, 0) == [NOTHING, BREAK]
    assert fault(counter) == "not_alternating"


def test_one_missed_edge_now_and_then_is_none_and_loses_no_pulse() -> None:
    counter = Dual()
    for _ in range(10):
        play(counter, *FORWARD, 1, 2, 0, *FORWARD)
    assert counter.counted == 30
    assert fault(counter) == ""


def test_an_edge_missed_in_every_pulse_is_a_fault() -> None:
    counter = Dual()
    play(counter, *FORWARD * 2, 1, 2, 0, 1, 2, 0)
    assert fault(counter) == "not_alternating"


def test_reverse_flow_is_seen_not_subtracted_and_the_second_pulse_of_it_is_a_fault() -> None:
    counter = Dual()
    play(counter, *FORWARD * 3, 1)
    back = (0, 2, 3, 1)
    assert play(counter, *back) == [NOTHING] * 4
    assert (counter.counted, counter.reversed, fault(counter)) == (4, 1, "")
    assert play(counter, *back) == [NOTHING] * 3 + [BREAK]
    assert (counter.counted, counter.reversed, fault(counter)) == (4, 2, "reverse")


def test_the_hammer_of_a_closing_valve_is_not_reverse_flow() -> None:
    counter = Dual()
    for _ in range(5):
        play(counter, *FORWARD, 1, 0, 2, 3, 1, 3, 2, 0, 1)
    assert counter.reversed > 0
    assert fault(counter) == ""


def test_after_a_technician_it_counts_on() -> None:
    counter = Dual()
    play(counter, *(1, 0) * 9)
    assert fault(counter) == "missing_channel"
    counted = counter.counted
    counter.forgive()
    assert play(counter, *FORWARD * 2) == [NOTHING] * 8
    assert fault(counter) == ""
    assert counter.counted == counted + 2


def test_after_a_technician_who_mended_nothing_no_pulse_counts_twice() -> None:
    counter = Dual()
    play(counter, *(1, 0) * 9)
    counter.forgive()
    play(counter, *(1, 0) * 9)
    assert (counter.counted, fault(counter)) == (18, "missing_channel")


@pytest.mark.parametrize(
    ("fails", "once_more"),
    [((3, 0), (3,)), ((0, 2, 3, 1) * 2, (0, 2, 3, 1))],
    ids=["skips", "back"],
)
def test_after_a_technician_it_counts_its_faults_from_the_first(
    fails: tuple[int, ...], once_more: tuple[int, ...]
) -> None:
    counter = Dual(fails[-1])
    play(counter, *fails)
    assert counter.fault
    counter.forgive()
    play(counter, *once_more)
    assert fault(counter) == ""


@given(st.lists(st.tuples(st.integers(0, PERIOD - 1), st.integers(0, 3)), max_size=200))
def test_whatever_the_lines_do_every_number_stays_small_and_the_count_never_falls(
    edges: list[tuple[int, int]],
) -> None:
    for counter in (Single(), Dual()):
        counter.gap_us = 500
        before = 0
        for at_us, levels in edges:
            answer = counter.edge(at_us, levels)
            assert before <= counter.counted <= before + 1 + pulses.ALONE_RISES
            assert answer in (NOTHING, SLOW, BREAK)
            assert (answer == BREAK) <= (counter.fault != 0)
            before = counter.counted
            for value in vars(counter).values():
                assert isinstance(value, int)
                assert -PERIOD <= value < PERIOD


CREATES = (
    *(ast.List, ast.Dict, ast.Set, ast.JoinedStr, ast.Lambda, ast.Try, ast.Raise),
    *(ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp),
)


@pytest.mark.parametrize("kind", [Counter, Single, Dual])
def test_an_interrupt_creates_nothing(kind: type) -> None:
    """As far as its text shows; a list, a string or a large number would need the heap."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(tree, ast.ClassDef)
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef) or function.name in ("__init__", "forgive"):
            continue
        for node in ast.walk(function):
            assert not isinstance(node, CREATES)
            if isinstance(node, ast.Constant) and isinstance(node.value, int):
                assert abs(node.value) < PERIOD


def test_each_fault_has_a_name() -> None:
    assert FAULTS[pulses.CHATTER] == "chatter"
    assert FAULTS[pulses.MISSING_CHANNEL] == "missing_channel"
    assert FAULTS[pulses.NOT_ALTERNATING] == "not_alternating"
    assert FAULTS[pulses.REVERSE] == "reverse"
