"""A commit of the ledger as its writer makes it: opened again if that fails, timed, and its
outages remembered."""

import time
from collections.abc import Callable

from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.jobs import Timed
from gateway.runtime.outage import Outage
from gateway.runtime.reopening import Reopening
from gateway.store.errors import StoreError

SLOW_S = 2.0
"""A commit that takes longer keeps the pumps from beginning fills; a top-up has come too late."""


class Committing:
    """Lives in the writer's thread; only `slow` is asked from others."""

    def __init__(
        self,
        reopen: Callable[[], list[Entry] | None],
        blocked: Callable[[Reason | None], None],
        *,
        pause: Callable[[], bool],
        now: Callable[[], str] | None,
    ) -> None:
        """`now`, UTC text; None where no entry is to say afterwards that nothing could be."""
        self._tell_blocked = blocked
        self._reopening = Reopening(reopen, self._blocked, pause=pause)
        self._outage = Outage(now or str)
        self._says_outages = now is not None
        self._writing_since_s: float | None = None
        self.commits = 0

    @property
    def slow(self) -> bool:
        """The disk has not answered for a while."""
        since_s = self._writing_since_s
        return since_s is not None and time.monotonic() - since_s > SLOW_S

    def durably(self, write: Callable[[], list[Entry]]) -> list[Entry]:
        """What `write` commits. Raises StoreError."""
        began, began_s = self._outage.now(), time.monotonic()
        self._writing_since_s = began_s
        try:
            entries = self._reopening.commit(write)
        except StoreError as error:
            self._outage.began(error.code, began)
            raise
        finally:
            self._writing_since_s = None
        if time.monotonic() - began_s > SLOW_S:
            self._outage.began(Reason.STORAGE_SLOW, began)
        self._outage.ended()
        self.commits += 1
        return entries

    def outage_over(self) -> list[Timed]:
        """What is to be recorded about an outage that has ended, once."""
        return [*self._outage.facts()] if self._says_outages else []

    def _blocked(self, code: Reason | None) -> None:
        if code is not None:
            self._outage.began(code, self._outage.now())
        self._tell_blocked(code)
