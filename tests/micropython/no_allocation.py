"""What the hard interrupts do, with the heap locked as in one: an allocation is a MemoryError."""

import sys

import lines
import micropython

PULSES = 300
START = 100
"""Pulses before the count starts anew."""


class Pin:
    IN = OUT = PULL_UP = 0

    def __init__(self, number, mode, pull=0, value=0):  # type: ignore[no-untyped-def]
        self.level = value

    def value(self, level):  # type: ignore[no-untyped-def]
        self.level = level


class StateMachine:
    def __init__(self, number, program, **options):  # type: ignore[no-untyped-def]
        self.left = 0
        self.word = 0

    def irq(self, handler, hard):  # type: ignore[no-untyped-def]
        self.handler = handler

    def exec(self, word):  # type: ignore[no-untyped-def]
        pass

    def active(self, running):  # type: ignore[no-untyped-def]
        pass

    def rx_fifo(self):  # type: ignore[no-untyped-def]
        return self.left

    def get(self, buffer):  # type: ignore[no-untyped-def]
        self.left -= 1
        buffer[0] = self.word


class Module:
    pass


machine, rp2 = Module(), Module()
machine.Pin = Pin  # type: ignore[attr-defined]
rp2.StateMachine = StateMachine  # type: ignore[attr-defined]
rp2.PIO = Module()  # type: ignore[attr-defined]
rp2.PIO.JOIN_RX = rp2.PIO.SHIFT_LEFT = 0  # type: ignore[attr-defined]
rp2.asm_pio = lambda **options: lambda function: None  # type: ignore[attr-defined]
sys.modules["machine"], sys.modules["rp2"] = machine, rp2  # type: ignore[assignment]

from firmware import pins  # noqa: E402
from firmware.board.meter import Meter  # type: ignore[import-not-found, unused-ignore] # noqa: E402
from firmware.guard.channel import Channel  # noqa: E402
from firmware.guard.stops import Stops  # noqa: E402
from firmware.guard.ticks import MASK, Ticks  # noqa: E402


def opened(kind: str):  # type: ignore[no-untyped-def]
    channel, meter = Channel(0, Ticks(0)), Meter(1, pins.PUMPS[1])
    channel.setup(kind, 0, 0)
    channel.look(0, made=False, lifted=True, healthy=True)
    channel.arm(1, Stops(PULSES, PULSES - 20, 1, 1), 300_000, 0)
    if channel.make(1, 0):
        raise ValueError("not made")
    meter.start(channel)
    meter.drive(contact=True, slow=False)
    return meter, channel


def run(each, step: int, first: int) -> None:  # type: ignore[no-untyped-def]
    """Interrupts with rising words; nothing here creates anything either."""
    count = 0
    while count < PULSES:
        count += 1
        each.word = count << step
        each.left = first
        each.handler(each)


def locked(kind: str) -> str:
    """From a count that is about to start anew, and ends at the limit's."""
    meter, channel = opened(kind)
    channel.counter.counted = MASK + 1 - START
    channel.counter.trip = PULSES - START
    each = meter._a if kind == "a" else meter._position
    step = 2 if kind == "a" else 0
    micropython.heap_lock()
    try:
        run(each, step, 1)
    finally:
        micropython.heap_unlock()
    return f"{kind} {START + channel.counter.counted} {int(meter._contact.level)}"


def allocates() -> int:
    """Whether the lock would have told."""
    micropython.heap_lock()
    try:
        list(range(PULSES))
    except MemoryError:
        return 1
    finally:
        micropython.heap_unlock()
    return 0


lines.write(f"{locked('a')} {locked('ab')} {allocates()}")
