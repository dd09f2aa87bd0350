"""What the A/B words mean, against the edges that made them."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.guard import pulses
from firmware.guard.ticks import MASK
from firmware.pio.follower import Follower

LEVELS = (0b00, 0b01, 0b11, 0b10)
"""By quarter: A rises, B rises, A falls, B falls."""


class Disc:
    """Turns both: the guard's own Dual by edges, and a follower by the words of PIO."""

    def __init__(self, silent: int = 0) -> None:
        self.by_edges, self.by_words = pulses.Dual(), pulses.Dual()
        self.follower = Follower()
        self.a = self.b = self.position = 0
        self._quarter = 0
        self._silent = silent
        self._levels = 0

    def turn(self, quarters: int) -> None:
        for _ in range(abs(quarters)):
            self._quarter += 1 if quarters > 0 else -1
            levels = LEVELS[self._quarter % 4] & ~self._silent
            before, self._levels = self._levels, levels
            rises = levels & ~before
            self.a += rises & 1
            self.b += rises >> 1
            self.by_edges.edge(0, levels)
            if (before ^ levels) & 1 and not levels & 2:
                self.position += 1 if levels & 1 else -1
                self.follower.moved(self.by_words, 0, self.position & 0xFFFF)

    def compare(self) -> None:
        self.follower.compare(self.by_words, 0, self.a & 0x3FFF, self.b & 0x3FFF)


def net(counter: pulses.Counter) -> int:
    return counter.counted - counter.reversed


@given(st.lists(st.integers(-7, 40), max_size=30))
def test_both_ways_of_counting_end_at_the_same_net(moves: list[int]) -> None:
    disc = Disc()
    for move in moves:
        disc.turn(move)
        # A step back is known a quarter of a pulse later than an edge tells it.
        assert 0 <= net(disc.by_words) - net(disc.by_edges) <= 1
    disc.turn(8)
    assert net(disc.by_words) == net(disc.by_edges)


@given(st.lists(st.integers(0, 9), max_size=200))
def test_forward_each_pulse_counts_at_once_and_nothing_is_wrong(moves: list[int]) -> None:
    disc = Disc()
    for move in moves:
        disc.turn(move)
        disc.compare()
        assert disc.by_words.counted == disc.by_edges.counted
    assert (disc.by_words.fault, disc.by_words.reversed) == (0, 0)


def test_the_second_whole_pulse_back_in_a_row_is_a_fault() -> None:
    disc = Disc()
    disc.turn(41)
    disc.turn(-5)
    assert (disc.by_words.fault, disc.by_words.reversed) == (0, 1)
    disc.turn(-4)
    assert (disc.by_words.fault, disc.by_words.reversed) == (pulses.REVERSE, 2)
    assert disc.by_words.tripped == 1


def test_a_hammer_now_and_then_is_none() -> None:
    disc = Disc()
    disc.turn(41)
    for _ in range(3):
        disc.turn(-8)
        disc.turn(12)
    assert (disc.by_words.fault, disc.by_words.reversed) == (0, 3)


def test_a_limit_that_was_leapt_over_still_breaks() -> None:
    counter = pulses.Dual()
    counter.trip = 2
    assert Follower().moved(counter, 0, 4) == pulses.BREAK
    assert counter.counted == 4


def sevenths() -> Iterator[int]:
    yield from (7, 5, 1, 8, 11) * 20


@pytest.mark.parametrize("silent", [0b01, 0b10])
def test_a_dead_channel_is_a_fault_and_the_other_is_counted(silent: int) -> None:
    disc = Disc(silent)
    quarters = 0
    for move in sevenths():
        disc.turn(move)
        disc.compare()
        if not disc.by_words.fault:
            quarters += move
            continue
        assert disc.by_words.fault == pulses.MISSING_CHANNEL
        assert disc.by_words.counted == max(disc.a, disc.b), "also what runs on"
    assert quarters <= 4 * (pulses.ALONE_RISES + 5)


def trembled(disc: Disc, times: int) -> None:
    for _ in range(times):
        disc.turn(-1)
        disc.turn(1)
        disc.compare()


@pytest.mark.parametrize("quarter", range(4))
def test_a_disc_that_trembles_where_it_rests_is_no_missing_channel(quarter: int) -> None:
    disc = Disc()
    disc.turn(40 + quarter)
    disc.compare()
    for _ in range(3):
        before = disc.by_words.counted
        trembled(disc, pulses.ALONE_RISES - 1)
        assert disc.by_words.counted == before
        disc.turn(4)
        disc.compare()
    assert disc.by_words.counted == disc.by_edges.counted
    assert (disc.by_words.fault, disc.by_edges.fault) == (0, 0)


def test_trembling_adds_up_only_while_it_goes_on() -> None:
    disc = Disc()
    disc.turn(41)
    for minute in range(20):
        trembled(disc, 3)
        disc.follower.compare(
            disc.by_words, (minute + 1) * 61_000_000 & MASK, disc.a & 0x3FFF, disc.b & 0x3FFF
        )
    assert disc.by_words.fault == 0


@pytest.mark.parametrize("silent", [0b01, 0b10])
def test_until_it_is_known_the_limit_holds_as_if_the_others_pulses_were_counted(
    silent: int,
) -> None:
    disc = Disc(silent)
    disc.by_words.trip = 5
    for pulse in range(1, 6):
        disc.turn(4)
        disc.compare()
        assert disc.by_words.tripped == (pulse == 5)
    assert disc.by_words.fault == 0


def test_after_a_technician_the_first_hammer_is_no_reverse_flow() -> None:
    disc = Disc()
    disc.turn(41)
    disc.turn(-9)
    assert disc.by_words.fault == pulses.REVERSE
    disc.by_words.forgive()
    disc.turn(-4)
    assert disc.by_words.fault == 0


def test_channels_that_turn_together_are_a_fault() -> None:
    disc = Disc()
    disc.turn(40)
    disc.compare()
    assert disc.by_words.fault == 0
    for _ in range(3):
        disc.a += 1
        disc.b += 1
        disc.compare()
    assert disc.by_words.fault == pulses.NOT_ALTERNATING
    assert disc.by_words.counted == 13
