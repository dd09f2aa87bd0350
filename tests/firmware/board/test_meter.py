"""The hard interrupt of firmware/board over faked state machines and pins."""

from typing import Any

import pytest

from firmware import pins
from firmware.guard.channel import Channel
from firmware.guard.stops import Stops
from firmware.guard.ticks import Ticks
from firmware.pio.words import POSITION, PULSE_COUNTER

CONTACT, STAGE = pins.PUMPS[1].contact, pins.PUMPS[1].stage
WORDS_OF_PIO = 32


@pytest.fixture
def meter(chip: Any) -> Any:
    return chip("meter").Meter(1, pins.PUMPS[1])


def opened(meter: Any, kind: str, **stops: Any) -> Channel:
    """A pump whose contact is made, as the device would make it."""
    channel = Channel(0, Ticks(0))
    assert channel.setup(kind, 0, 0) == ""
    channel.look(0, made=False, lifted=True, healthy=True)
    assert channel.arm(1, Stops(**stops), 300_000, 0) == ""
    assert channel.make(1, 0) == ""
    meter.start(channel)
    meter.drive(contact=True, slow=False)
    return channel


def test_the_programs_are_loaded_once_and_fit(chip: Any) -> None:
    import machine
    import rp2

    board = chip("meter")
    for pump, its in pins.PUMPS.items():
        board.Meter(pump, its)
    made = rp2.StateMachine.made
    assert sorted(made) == [0, 1, 2, 3, 4, 5]
    assert len({id(made[number].program) for number in (0, 1, 2, 3)}) == 1
    for number, (words, first) in ((0, PULSE_COUNTER), (4, POSITION)):
        program = made[number].program
        assert program.index(-1) == first
        assert [word for word in program if word >= 0] == list(words)
        assert program[-1] == -2
        assert len(words) <= WORDS_OF_PIO
    assert made[4].options["in_base"].number == pins.PUMPS[1].pulser_a
    assert made[4].options["jmp_pin"].number == pins.PUMPS[1].pulser_b
    assert made[3].options["in_base"].number == pins.PUMPS[2].pulser_b
    assert machine.Pin.levels[CONTACT] == 0


def test_the_interrupt_breaks_at_the_very_pulse(chip: Any, meter: Any) -> None:
    import machine
    import rp2

    channel = opened(meter, "a", limit_pulses=40, slow_pulses=30, slow_rate_mhz=9, slow_within_us=9)
    for count in range(1, 40):
        rp2.StateMachine.made[0].tell(count << 2 | 1)
        levels = machine.Pin.levels
        assert (levels[CONTACT], levels[STAGE]) == (1, int(count < 30))
    rp2.StateMachine.made[0].tell(40 << 2 | 1)
    assert (levels[CONTACT], levels[STAGE]) == (0, 0)
    assert channel.counter.counted == 40


def test_words_that_were_dropped_are_counted_with_the_next(chip: Any, meter: Any) -> None:
    import machine
    import rp2

    channel = opened(meter, "a", limit_pulses=20_000)
    rp2.StateMachine.made[0].tell(*(count << 2 for count in (1, 2, 9)))
    assert channel.counter.counted == 9
    rp2.StateMachine.made[0].tell((16_384 + 5 << 2) & 0xFFFF)  # a look every 16,383 pulses will do
    assert channel.counter.counted == 16_389
    assert machine.Pin.levels[CONTACT] == 1


def test_an_ab_pulser_counts_by_its_position(chip: Any, meter: Any) -> None:
    import machine
    import rp2

    channel = opened(meter, "ab", limit_pulses=3)
    rp2.StateMachine.made[0].tell(1 << 2 | 1)  # channel A's own counter is only compared
    assert channel.counter.counted == 0
    rp2.StateMachine.made[4].tell(1, 2, 1, 2)  # trembles
    assert (channel.counter.counted, machine.Pin.levels[CONTACT]) == (2, 1)
    rp2.StateMachine.made[4].tell(3)
    assert (channel.counter.counted, machine.Pin.levels[CONTACT]) == (3, 0)


def test_a_dead_channel_is_found_by_comparing_both(chip: Any, meter: Any) -> None:
    import rp2

    channel = opened(meter, "ab", limit_pulses=100)
    rp2.StateMachine.made[0].tell(*(count << 2 for count in range(1, 10)))
    meter.compare()
    assert channel.counter.fault == 2
    assert channel.counter.counted == 9


def test_pulses_that_flash_held_up_are_no_chatter(meter: Any) -> None:
    import rp2

    channel = Channel(0, Ticks(0))
    assert channel.setup("a", 5000, 0) == ""
    meter.start(channel)
    made, now_us = rp2.StateMachine.made[0], 10_000_000
    channel.turn(now_us)
    meter.held_up()
    made.tell(*(count << 2 for count in range(1, 9)))
    made.tell(500 << 2)  # those that found the FIFO full
    channel.turn(now_us)
    assert (channel.limiter.pulses_total, channel.fault) == (500, "")
    made.tell(*(count << 2 for count in range(501, 505)))
    channel.turn(now_us)
    assert channel.fault == "chatter", "what comes at once later on is judged again"


def test_words_that_tell_of_many_pulses_at_once_are_no_chatter(meter: Any) -> None:
    import rp2

    for kind, machine, step in (("a", 0, 2), ("ab", 4, 0)):
        channel = Channel(0, Ticks(0))
        assert channel.setup(kind, 5000, 0) == ""
        channel.turn(10_000_000)
        meter.start(channel)
        before = 500 if kind == "ab" else 0
        rp2.StateMachine.made[machine].tell(before + 500 << step)
        channel.turn(10_000_000)
        assert channel.fault == ""


def flow(pulses: range) -> None:
    """Fuel past an A/B pulser: each pulse rises on both channels and moves the disc on one."""
    import rp2

    made = rp2.StateMachine.made
    for count in pulses:
        made[0].tell((count << 2 | 1) & 0xFFFF)
        made[1].tell((count << 2 | 3) & 0xFFFF)
        made[4].tell(count & 0xFFFF)


@pytest.mark.parametrize("before", [1, 50, 40_000])
def test_what_flowed_before_the_pulser_became_ab_is_not_counted_again(
    meter: Any, before: int
) -> None:
    channel = Channel(0, Ticks(0))
    meter.start(channel)
    flow(range(1, before + 1))
    assert channel.setup("ab", 0, 0) == ""
    meter.compare()
    channel.turn(0)
    assert (channel.limiter.pulses_total, channel.fault) == (before, "")
    flow(range(before + 1, before + 21))
    meter.compare()
    channel.turn(0)
    assert (channel.limiter.pulses_total, channel.fault) == (before + 20, "")


def test_a_pulser_that_becomes_ab_in_full_flow_loses_and_adds_nothing(meter: Any) -> None:
    channel = Channel(0, Ticks(0))
    meter.start(channel)
    at = 0
    for kind in ("ab", "a", "ab", "a", "ab"):
        for _ in range(3):
            meter.compare()
            channel.turn(0)
            flow(range(at + 1, at + 8))
            at += 7
        assert channel.setup(kind, 0, 0) == ""
    channel.turn(0)
    assert (channel.limiter.pulses_total, channel.fault) == (at, "")
