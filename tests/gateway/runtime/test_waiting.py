"""How the loop waits: on the machine's time, or on simulated time that waits for the store."""

import threading

from gateway.core.units import NS_PER_S
from gateway.runtime.inbox import Inbox
from gateway.runtime.waiting import MachineWaiting, SimulatedWaiting
from hardware.clock import MachineClock
from tests.gateway.runtime.devices import HandClock


def item() -> None:
    pass


def test_machine_time_that_has_come_waits_for_nothing() -> None:
    clock, inbox = HandClock(), Inbox()
    waiting = MachineWaiting(inbox, clock)
    assert waiting.next(clock.now_ns) is None
    assert waiting.next(clock.now_ns - NS_PER_S) is None
    inbox.put(item)
    assert waiting.next(clock.now_ns - NS_PER_S) is item


def test_machine_time_ends_the_wait() -> None:
    clock = MachineClock()
    until_ns = clock.monotonic_ns() + 20_000_000
    assert MachineWaiting(Inbox(), clock).next(until_ns) is None
    assert clock.monotonic_ns() >= until_ns


def test_an_item_from_another_thread_ends_the_wait() -> None:
    clock, inbox = MachineClock(), Inbox()
    other = threading.Thread(target=inbox.put, args=(item,))
    other.start()
    assert MachineWaiting(inbox, clock).next(clock.monotonic_ns() + 60 * NS_PER_S) is item
    other.join()


class Forecourt:
    """Simulated time, and a store that may be at work."""

    def __init__(self) -> None:
        self.inbox: Inbox = Inbox()
        self.advanced: list[int] = []
        self.outstanding = False
        self.edge = False
        self.waiting = SimulatedWaiting(self.inbox, self._advance, lambda: self.outstanding)

    def _advance(self, until_ns: int) -> None:
        self.advanced.append(until_ns)
        if self.edge:
            self.inbox.put(item)


def test_simulated_time_jumps_to_what_comes_next() -> None:
    forecourt = Forecourt()
    assert forecourt.waiting.next(5) is None
    forecourt.edge = True
    assert forecourt.waiting.next(9) is item
    assert forecourt.advanced == [5, 9]


def test_simulated_time_stands_still_while_an_item_waits() -> None:
    forecourt = Forecourt()
    forecourt.inbox.put(item)
    assert forecourt.waiting.next(5) is item
    assert forecourt.advanced == []


def test_simulated_time_stands_still_while_the_store_is_at_work() -> None:
    forecourt = Forecourt()
    forecourt.outstanding = True
    store = threading.Thread(target=forecourt.inbox.put, args=(item,))
    store.start()
    assert forecourt.waiting.next(5) is item
    store.join()
    assert forecourt.advanced == []
    forecourt.outstanding = False
    assert forecourt.waiting.next(5) is None
    assert forecourt.advanced == [5]
