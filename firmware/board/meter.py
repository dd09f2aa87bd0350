"""One pump's pulser in PIO, and the hard interrupt that breaks the contact at the limit."""

from array import array
from time import ticks_us

import machine
import rp2

from firmware.board.load import load
from firmware.guard import pulses
from firmware.pio.follower import Follower
from firmware.pio.words import POSITION, PULSE_COUNTER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from firmware.guard.channel import Channel
    from firmware.pins import PumpPins

FILTER_HZ = 800_000
"""A change of the line holds for 16 cycles, 20 µs, before it counts."""
FOLLOW_HZ = 8_000_000
CLEAR_X = 0xA02B
"""mov x, ~null: a count of 0."""
COUNTER_MACHINES = {1: (0, 1), 2: (2, 3)}
"""For channels A and B: all four of PIO 0."""
POSITION_MACHINES = {1: 4, 2: 5}
"""PIO 1."""

# One object each: a state machine that is given the same one shares its place in PIO's memory.
_COUNT = load(PULSE_COUNTER)
_FOLLOW = load(POSITION)


class Meter:
    """Counts from `start` on. Both state machines tell each pulse; the kind of pulser says
    which of them is listened to. The interrupt creates nothing: it reads into `_word`."""

    def __init__(self, pump: int, pins: "PumpPins") -> None:
        line_a = machine.Pin(pins.pulser_a, machine.Pin.IN, machine.Pin.PULL_UP)
        line_b = machine.Pin(pins.pulser_b, machine.Pin.IN, machine.Pin.PULL_UP)
        self._lines = (line_a, line_b)
        self._contact = machine.Pin(pins.contact, machine.Pin.OUT, value=0)
        self._stage = machine.Pin(pins.stage, machine.Pin.OUT, value=0)
        self._channel: "Channel | None" = None
        self._follower = Follower()
        self._word = array("H", [0])
        self._seen = 0
        self._a, self._b = (
            rp2.StateMachine(number, _COUNT, freq=FILTER_HZ, in_base=line, jmp_pin=line)
            for number, line in zip(COUNTER_MACHINES[pump], self._lines)  # noqa: B905
        )
        self._position = rp2.StateMachine(
            POSITION_MACHINES[pump],
            _FOLLOW,
            freq=FOLLOW_HZ,
            in_base=line_a,
            jmp_pin=line_b,
        )
        self._b_rises = 0

    def start(self, channel: "Channel") -> None:
        """Count for this channel from now on."""
        self._channel = channel
        self._a.irq(self._counted, hard=True)
        self._position.irq(self._moved, hard=True)
        for each in (self._a, self._b, self._position):
            each.exec(CLEAR_X)
            each.active(1)

    def drive(self, *, contact: bool, slow: bool) -> None:
        self._contact.value(contact)
        self._stage.value(contact and not slow)

    def held_up(self) -> None:
        """Flash is about to hold interrupts off: until the next turn no pulse is judged by when
        it was told."""
        if self._channel is not None:
            self._channel.counter.gap_us = 0

    @property
    def levels(self) -> int:
        return self._lines[0].value() | self._lines[1].value() << 1

    def compare(self) -> None:
        """From the main loop: see whether both channels of an A/B pulser live."""
        held = machine.disable_irq()
        while self._b.rx_fifo():
            self._b.get(self._word)
            self._b_rises = self._word[0] >> 2
        self._follower.compare(self._counter, ticks_us(), self._seen, self._b_rises)
        machine.enable_irq(held)

    @property
    def _counter(self) -> pulses.Counter:
        if self._channel is None:
            raise RuntimeError("start first")
        return self._channel.counter

    def _counted(self, each: rp2.StateMachine) -> None:
        """Hard interrupt: channel A has risen."""
        while each.rx_fifo():
            each.get(self._word)
            rises = self._word[0] >> 2
            new = rises - self._seen & 0x3FFF
            self._seen = rises
            counter = self._counter
            if isinstance(counter, pulses.Single):
                while new:
                    new -= 1
                    # Of pulses that one word tells only the last one was now.
                    self._obey(counter.late() if new else counter.pulse(ticks_us()))

    def _moved(self, each: rp2.StateMachine) -> None:
        """Hard interrupt: the disc has passed the mark between two pulses."""
        while each.rx_fifo():
            each.get(self._word)
            self._obey(self._follower.moved(self._counter, ticks_us(), self._word[0]))

    def _obey(self, answer: int) -> None:
        if answer == pulses.BREAK:
            self._contact.value(0)
            self._stage.value(0)
        elif answer == pulses.SLOW:
            self._stage.value(0)
