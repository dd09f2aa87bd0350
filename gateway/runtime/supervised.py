"""The gateway under a service manager: it says that it serves, and proves that it turns."""

import logging
from collections.abc import Callable, Mapping
from typing import Protocol

from gateway.core.units import NS_PER_S
from gateway.runtime.gateway import Gateway
from gateway.runtime.notifying import ServiceManager
from hardware.clock import MachineClock
from hardware.ports import Clock

log = logging.getLogger(__name__)

FEEDS = 4
"""In each time that the watchdog waits: three may be late before it bites."""
LONGEST_NS = 5 * NS_PER_S
"""From one look to the next where nobody watches, for the status line alone."""


class Polled(Protocol):
    """A watch on one reader."""

    @property
    def polls(self) -> int:
        """How many came back, with a card, without one, or with a fault that was stated."""


class Supervised:
    """Feeds the watchdog in the control loop's own turn, by no thread and no timer.

    So a loop that hangs starves it. And it is fed only where every reader has been polled since
    the last time: one that is unplugged answers with a stated fault, and that is a poll; one
    that nobody looks at any more is not alive, though the loop turns.
    """

    def __init__(
        self,
        manager: ServiceManager,
        readers: Mapping[int, Polled],
        clock: Clock,
        summary: Callable[[], str],
    ) -> None:
        """`clock`: the machine's, as the service manager's is, whatever the pumps go by."""
        self._manager = manager
        self._readers = readers
        self._clock = clock
        self._summary = summary
        self._every_ns = min((manager.watchdog_ns or LONGEST_NS * FEEDS) // FEEDS, LONGEST_NS)
        self._due_ns = clock.monotonic_ns()
        self._polls = dict.fromkeys(readers, -1)
        self._stopping = False
        self._starved = False

    def ready(self) -> None:
        """Pumps are served from now on."""
        self._manager.ready(self._summary())

    def turn(self) -> None:
        """At each turn of the control loop, at its end."""
        if self._stopping:
            return
        now_ns = self._clock.monotonic_ns()
        if now_ns < self._due_ns:
            return
        forgotten = [n for n, reader in self._readers.items() if reader.polls == self._polls[n]]
        if forgotten:
            self._starve(forgotten)
            return
        self._starved = False
        self._polls = {number: reader.polls for number, reader in self._readers.items()}
        self._due_ns = now_ns + self._every_ns
        self._manager.feed()
        self._manager.status(self._summary())

    def _starve(self, forgotten: list[int]) -> None:
        if not self._starved:
            log.error(
                "watchdog: not fed: nobody has asked the readers of pumps %s",
                forgotten,
                extra={"event": "watchdog_not_fed"},
            )
        self._starved = True

    def stop(self) -> None:
        """The gateway was told to end; from now on it has the time of a stop."""
        self._stopping = True
        self._manager.stopping("stopping: fills are settled and recorded")


def supervise(gateway: Gateway) -> Supervised:
    """By the service manager that started this process, if one did; before `gateway.run`."""
    supervised = Supervised(
        ServiceManager(),
        {number: desk.card_watch for number, desk in gateway.desks.items()},
        MachineClock(),
        lambda: gateway.summary,
    )
    gateway.loop.also(supervised.turn, supervised.stop)
    return supervised
