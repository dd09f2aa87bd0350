"""A ledger that failed is opened again, so that nobody has to come and start the gateway."""

import logging
from collections.abc import Callable

from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.store.errors import StoreError, StoreFailed

log = logging.getLogger(__name__)

TRIES = 720
"""At 5 s each: an hour. What has not come back by then does not come back by itself."""


class Reopening:
    """Lives in the writer's thread. `blocked` hears a code while nothing can be written; `pause`
    waits before another try, and is True if there is to be none."""

    def __init__(
        self,
        reopen: Callable[[], list[Entry] | None],
        blocked: Callable[[Reason | None], None],
        *,
        pause: Callable[[], bool],
    ) -> None:
        self._reopen = reopen
        self._blocked = blocked
        self._pause = pause
        self._given_up: StoreError | None = None

    def commit(self, write: Callable[[], list[Entry]]) -> list[Entry]:
        """What `write` returns, or would have: its entries may be on disk although it failed.

        Waits for the ledger, so that no caller hears of a failure which was none and writes
        the same again. StoreError: not written, or nobody will know before the next start.
        """
        if self._given_up is not None:
            raise self._given_up
        try:
            return write()
        except StoreFailed as error:
            if not error.reopen:
                raise
            failed = error
        log.error("%s", failed, extra={"event": "ledger_write_failed"})
        for _ in range(TRIES):
            self._blocked(failed.code)
            try:
                entries = self._reopen()
                self._blocked(None)
                log.warning("the ledger is open again", extra={"event": "ledger_reopened"})
                return write() if entries is None else entries
            except StoreFailed as error:
                if not error.reopen:
                    raise
                failed = error
            except StoreError as error:
                self._give_up(error)
                raise
            if self._pause():
                break
        self._give_up(failed)
        raise failed

    def _give_up(self, error: StoreError) -> None:
        log.error(
            "nothing is sold until the gateway is started again: %s",
            error,
            extra={"event": "ledger_given_up"},
        )
        self._given_up = error
        self._blocked(error.code)
