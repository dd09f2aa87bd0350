"""How the control loop waits: in machine time, or on the forecourt's simulated clock."""

from collections.abc import Callable
from queue import Empty
from typing import Protocol

from gateway.core.units import NS_PER_S
from gateway.runtime.inbox import Inbox, Item
from gateway.runtime.keeper import Keeper
from gateway.runtime.network import Network
from hardware.ports import Clock
from hardware.simulated.clock import SimulatedClock

FIRST_CONTACT_S = 10.0
"""In simulated time the pumps wait this long, at most, for the first word from the broker."""
STORE_ANSWER_S = 60.0
"""In simulated time nothing moves until the store has answered; longer than this is a fault."""


class Waiting(Protocol):
    def next(self, until_ns: int) -> Item | None:
        """The next item, or None when `until_ns` (monotonic) has come."""


class MachineWaiting:
    def __init__(self, inbox: Inbox, clock: Clock) -> None:
        self._inbox, self._clock = inbox, clock

    def next(self, until_ns: int) -> Item | None:
        left_s = (until_ns - self._clock.monotonic_ns()) / NS_PER_S
        try:
            return self._inbox.get(timeout=left_s) if left_s > 0 else self._inbox.get_nowait()
        except Empty:
            return None


class SimulatedWaiting:
    """Time stands still while a real request is outstanding, then jumps to what comes next."""

    def __init__(
        self, inbox: Inbox, advance: Callable[[int], None], outstanding: Callable[[], bool]
    ) -> None:
        self._inbox, self._advance, self._outstanding = inbox, advance, outstanding

    def next(self, until_ns: int) -> Item | None:
        try:
            if self._outstanding():
                return self._inbox.get(timeout=STORE_ANSWER_S)
            if self._inbox.empty():
                self._advance(until_ns)
            return self._inbox.get_nowait()
        except Empty:
            return None


def waiting_with(clock: Clock, inbox: Inbox, network: Network | None, keeper: Keeper) -> Waiting:
    """As this clock has it; a simulated one begins with the first word from the broker."""
    if not isinstance(clock, SimulatedClock):
        return MachineWaiting(inbox, clock)
    if network is not None:
        network.answered.wait(FIRST_CONTACT_S)
    return SimulatedWaiting(inbox, clock.advance, lambda: keeper.outstanding)
