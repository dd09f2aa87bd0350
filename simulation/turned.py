"""The gateway's writer and link, turned by the simulation's one thread instead of their own."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.core.log import Entry
from gateway.core.units import NS_PER_S
from gateway.runtime.inbox import Inbox
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import Keeper
from gateway.runtime.status import Snapshot
from mqtt.connection import Connection
from mqtt.delivery import Outbox
from mqtt.exchange import Exchange
from mqtt.link import Link
from simulation.broker import Client

if TYPE_CHECKING:
    from simulation.life import Life

RETRY_NS = 5 * NS_PER_S


class TurnedKeeper(Keeper):
    """Does one job a call of `serve`, which `life` makes when the disk has had its time."""

    life: "Life"

    def _start(self) -> None:
        self._busy = False
        self.life.keeper = self

    def run(self, work: Callable[[], None]) -> None:
        super().run(work)
        self.life.writer_due()

    def stop(self) -> None:
        while self.serve():
            pass

    def serve(self) -> bool:
        """Do the next job; False if there is none, or the one before still waits for the disk."""
        if self._busy or self._jobs.empty():
            return False
        work = self._jobs.get_nowait()
        if work is not None:
            self._take(work)
        return True

    def retry(self) -> None:
        if not self._busy:
            self._retry()

    def commit(self, job: Job) -> list[Entry]:
        entries = super().commit(job)
        for entry in entries:
            self.life.recorded(entry)
        return entries

    def keep_house(self) -> bool:
        """What is done when nothing is to be written; True if there is more of it."""
        return not (self._busy or self.waiting) and self._keep_house()

    @property
    def inbox(self) -> Inbox:
        """What the control loop has been told and has not heard yet."""
        return self._inbox

    @property
    def refused(self) -> bool:
        return self._refused

    @property
    def waiting(self) -> bool:
        return not self._busy and not self._jobs.empty()

    def _wait_for(self, done: Future[None], within_s: float) -> None:
        while not done.done():
            if not self.serve():
                raise TimeoutError(f"the writer still waits for its disk after {within_s} s")
        done.result(0)

    def _pause(self, seconds: float) -> bool:
        """The world goes on meanwhile, but for this writer."""
        self._busy = True
        try:
            self.life.world.run_until(self.life.world.now_ns + int(seconds * NS_PER_S))
        finally:
            self._busy = False
        return not self.life.alive


class TurnedLink(Link):
    """Takes a turn when there is news, and when its exchange has something due."""

    life: "Life"
    connection: type[Connection]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, connect=self.connection, **named)

    def start(self) -> None:
        self._outbox: Outbox = self._outbox_factory()
        self._exchange: Exchange = self._begin(self._outbox)
        self._news = _News(self._due_now)  # type: ignore[assignment]
        self._at_ns: int | None = None
        self.life.link = self
        self._due_now()

    def stop(self) -> None:
        self._connection.stop(self._status("offline"))
        self._outbox.close()

    def die(self) -> None:
        connection: Any = self._connection
        connection.die()
        self._outbox.close()

    def _due_now(self) -> None:
        self._due(self.life.world.now_ns)

    def _due(self, at_ns: int) -> None:
        if self._at_ns is None or at_ns < self._at_ns:
            self._at_ns = at_ns
            self.life.at(at_ns, partial(self._come, at_ns))

    def _come(self, at_ns: int) -> None:
        if self._at_ns != at_ns:
            return
        self._at_ns = None
        now_ns = self.life.world.now_ns
        self._turn(self._exchange, self._outbox, now_ns)
        due_ns = self._exchange.next_due_ns()
        if due_ns is not None:
            self._due(max(due_ns, now_ns + 1))
        self.life.told()


class _News:
    """Fits the threading.Event by which a link hears that there is something to do."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell

    def set(self) -> None:
        self._tell()


class NoStatus:
    """Fits gateway.runtime.status.StatusServer: nobody looks."""

    def __init__(self, _path: Path) -> None:
        pass

    def publish(self, _snapshot: Snapshot) -> None:
        pass

    def close(self) -> None:
        pass


def on(broker: object) -> Any:
    """The client of one broker."""
    return type("BrokersClient", (Client,), {"broker": broker})
