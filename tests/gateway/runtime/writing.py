"""The writer's thread and the loop's inbox, with the test in the place of the loop."""

from collections.abc import Callable
from queue import Empty

from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.holdings import Holdings
from gateway.runtime.inbox import Inbox
from gateway.runtime.jobs import LedgerWriter
from gateway.runtime.keeper import Keeper
from gateway.runtime.writer_thread import RETRY_S

ANSWER_S = 30.0
"""A deadline against hanging, never reached."""


class Writing:
    """A keeper, and the inbox that it answers into."""

    def __init__(self) -> None:
        self.inbox: Inbox = Inbox()
        self.told: list[Entry] = []
        """What the loop has heard to be committed."""
        self._keepers: list[Keeper] = []

    def keeper(
        self,
        ledger: LedgerWriter | None,
        committed: Callable[[list[Entry]], None] | None = None,
        *,
        holdings: Holdings | None = None,
        retry_s: float = RETRY_S,
        blocked: Callable[[Reason | None], None] = lambda _code: None,
        now: Callable[[], str] | None = None,
    ) -> Keeper:
        tell = committed or self.told.extend
        self._keepers.append(
            Keeper(
                ledger,
                self.inbox,
                tell,
                holdings=holdings,
                retry_s=retry_s,
                blocked=blocked,
                now=now,
            )
        )
        return self._keepers[-1]

    def settle(self, keeper: Keeper) -> None:
        """Do what the loop is asked to do until the keeper has answered everything."""
        while keeper.outstanding:
            self.inbox.get(timeout=ANSWER_S)()
        self.drain()

    def drain(self) -> None:
        while True:
            try:
                self.inbox.get_nowait()()
            except Empty:
                return

    def stop(self) -> None:
        for keeper in self._keepers:
            keeper.stop()
