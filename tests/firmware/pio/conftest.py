"""A state machine in the emulator, fed with a line's edges."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

import pytest
from pioemu import State, emulate

from firmware.pio.words import POSITION, PULSE_COUNTER

IRQ = 0xC010
NO_OPERATION = 0xA042
"""mov y, y: as long as an IRQ, which the emulator does not know."""
WAIT_FOR = {0x2020: 0, 0x20A0: 1}
FIFO_WORDS = 4

Line: TypeAlias = list[tuple[int, int]]
"""(cycle, levels of both pins from then on), in order."""


class Machine:
    """`told` are the words that the processor took: each at once, or none.

    Channel A is the base pin, bit 0 of the levels; channel B is bit 1.
    """

    def __init__(
        self, program: tuple[tuple[int, ...], int], *, jump_pin: int = 0, start: int = 0
    ) -> None:
        words, self._first = program
        self._jump_pin = jump_pin
        self._words = [NO_OPERATION if word == IRQ else word for word in words]
        self._state = State(x_register=~start & 0xFFFF_FFFF)
        self.told: list[int] = []

    @property
    def count(self) -> int:
        count: int = ~self._state.x_register & 0xFFFF_FFFF
        return count

    def run(self, line: Line, until: int, *, taken: bool = True) -> None:
        """Let time pass over these edges. A wait for an edge is leapt over, not sat through."""
        at = 0

        def levels(clock: int) -> int:
            nonlocal at
            while at + 1 < len(line) and line[at + 1][0] <= clock:
                at += 1
            return line[at][1] if line and line[at][0] <= clock else 0

        def stands(word: int, state: State) -> bool:
            wanted = WAIT_FOR.get(word)
            idle = wanted is not None and levels(state.clock) & 1 != wanted
            return idle or state.clock >= until

        while self._state.clock < until:
            for _, state in emulate(
                self._words,
                stop_when=stands,
                initial_state=self._state,
                input_source=levels,
                shift_isr_right=False,
                jmp_pin=self._jump_pin,
                wrap_target=self._first,
            ):
                self._state = state
                if taken and state.receive_fifo:
                    self.told += state.receive_fifo
                    self._state = state = replace(state, receive_fifo=type(state.receive_fifo)())
                    break
            else:
                later = [clock for clock, _ in line[at:] if clock > self._state.clock]
                clock = min([*later[:1], until])
                self._state = replace(self._state, clock=max(clock, self._state.clock))


def pulses(times: Iterable[int], high: int, *, level: int = 1) -> Line:
    """A pulse of `high` cycles at each time."""
    return [edge for at in times for edge in ((at, level), (at + high, 0))]


@pytest.fixture(scope="session")
def counter() -> Callable[..., Machine]:
    def make(start: int = 0) -> Machine:
        return Machine(PULSE_COUNTER, start=start)

    return make


@pytest.fixture(scope="session")
def follower() -> Callable[..., Machine]:
    def make(start: int = 0) -> Machine:
        return Machine(POSITION, jump_pin=1, start=start)

    return make


@pytest.fixture(scope="session")
def line_of() -> Callable[..., Line]:
    return pulses
