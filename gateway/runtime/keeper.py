"""The one writer: makes things durable in its thread, and answers the control loop."""

import logging
from collections.abc import Callable
from functools import partial

from gateway.core.facts import TYPE_OF
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.committing import Committing
from gateway.runtime.holdings import Holdings, Superseded
from gateway.runtime.inbox import Inbox
from gateway.runtime.jobs import Job, LedgerWriter, Timed
from gateway.runtime.writer_thread import RETRY_S, WriterThread
from gateway.store.errors import StoreError

log = logging.getLogger(__name__)

MAX_UNWRITTEN = 1000
"""Notes kept in memory while the disk refuses; the newest beyond that are only logged."""


class Keeper(WriterThread):
    """Takes jobs in order. `committed` is called in the loop's thread with each new entry."""

    def __init__(
        self,
        ledger: LedgerWriter | None,
        inbox: Inbox,
        committed: Callable[[list[Entry]], None],
        *,
        holdings: Holdings | None = None,
        blocked: Callable[[Reason | None], None] = lambda _code: None,
        retry_s: float = RETRY_S,
        now: Callable[[], str] | None = None,
    ) -> None:
        """`ledger` None: damaged at start; every job fails with `ledger_damaged`.

        `holdings`: those of this ledger; without them nothing is judged a second time.

        `blocked` is called in the loop's thread when nothing can be written, and with None
        when it can be again. With `now`, UTC text, an entry says afterwards since when.
        """
        super().__init__(inbox, retry_s)
        self._ledger = ledger
        self._holdings = holdings
        self._committed = committed
        if ledger is not None:
            self._committing = Committing(
                ledger.reopen,
                lambda code: self.answer(lambda: blocked(code)),
                pause=lambda: self._pause(retry_s),
                now=now,
            )
        self._unwritten: list[Timed] = []
        self._start()

    def submit(self, job: Job) -> None:
        self.run(lambda: self._do(job))

    def note(self, facts: list[Timed]) -> None:
        """Write facts that nobody waits for; they are kept and tried again if that fails."""
        self.run(lambda: self._note(facts))

    def acknowledge(self, through: int, *, epoch: int) -> None:
        self.run(lambda: self._acknowledge(through, epoch))

    def commit(self, job: Job) -> list[Entry]:
        """In the writer's thread: make a job durable. Raises StoreError or Superseded."""
        notes = [] if job.before_notes else self._unwritten
        facts = [*notes, *job.facts]
        write = partial(self._write, job)
        if self._holdings is None:
            entries = write(facts)
        else:
            entries = self._holdings.commit(
                write, facts, put_session=job.put_session, drop_session=job.drop_session
            )
        notes.clear()
        return entries

    def durably(self, write: Callable[[], list[Entry]]) -> list[Entry]:
        """In the writer's thread: a commit of the ledger, which is opened again if that fails.

        Raises StoreError.
        """
        return self._committing.durably(write)

    def _write(self, job: Job, facts: list[Timed]) -> list[Entry]:
        if self._ledger is None:
            raise StoreError(Reason.LEDGER_DAMAGED, "no ledger is open", "")
        return self.durably(
            partial(
                self._ledger.commit,
                facts,
                put_session=job.put_session,
                drop_session=job.drop_session,
                seal=job.seal,
                adopt=job.adopt,
                lags=job.lags,
            )
        )

    @property
    def boot(self) -> int:
        """How many starts this ledger has seen; 0 where it is damaged."""
        return self._ledger.boot if self._ledger is not None else 0

    @property
    def commits(self) -> int:
        """How many were made."""
        return self._committing.commits if self._ledger is not None else 0

    @property
    def slow(self) -> bool:
        """The disk has not answered for a while. From any thread."""
        return self._ledger is not None and self._committing.slow

    def tell_committed(self, entries: list[Entry]) -> None:
        """In the loop's thread: entries of a commit made by `commit` itself are durable."""
        self._committed(entries)

    @property
    def _refused(self) -> bool:
        """A ledger that is not open takes nothing at a second try either."""
        return self._ledger is not None and (super()._refused or bool(self._unwritten))

    def _retry(self) -> None:
        super()._retry()
        self._write_notes()
        self._after_job()

    def _after_job(self) -> None:
        """An outage that has ended is noted."""
        if self._ledger is not None and (facts := self._committing.outage_over()):
            log.warning("recorded again: %s", _kinds(facts), extra={"event": "outage_recorded"})
            self._note(facts)

    def _write_notes(self) -> None:
        if not self._unwritten:
            return
        try:
            entries = self.commit(Job())
        except StoreError:
            return
        self.answer(lambda: self._committed(entries))

    def _do(self, job: Job) -> None:
        try:
            entries = self.commit(job)
        except Superseded:
            self.answer(job.superseded or _nothing)
            return
        except StoreError as error:
            log.error("not durable: %s", error, extra={"event": "entry_not_durable"})
            code = error.code
        except Exception:
            # A bug; but who waits for this job must hear that it is not done.
            log.exception("not durable", extra={"event": "entry_not_durable"})
            code = Reason.LEDGER_DAMAGED
        else:
            self.answer(lambda: self._committed(entries), job.done or _nothing)
            return
        if job.failed is not None:
            failed = job.failed
            self.answer(lambda: failed(code))

    def _note(self, facts: list[Timed]) -> None:
        try:
            entries = self.commit(Job(facts=facts))
        except StoreError as error:
            room = MAX_UNWRITTEN - len(self._unwritten)
            self._unwritten.extend(facts[:room])
            log.error(
                "not yet in the ledger: %s: %s",
                _kinds(facts),
                error,
                extra={"event": "entry_not_durable"},
            )
            return
        self.answer(lambda: self._committed(entries))

    def _acknowledge(self, through: int, epoch: int) -> None:
        if self._ledger is None:
            return
        try:
            self._ledger.acknowledge(through, epoch=epoch)
        except StoreError as error:
            log.error(
                "acknowledgement through %d not kept: %s",
                through,
                error,
                extra={"event": "acknowledgement_not_kept", "entry": through},
            )


def _kinds(facts: list[Timed]) -> str:
    """For the log, which says what kind of facts they are and not whose."""
    return ", ".join(TYPE_OF[type(fact)] for fact, _ in facts)


def _nothing() -> None:
    pass
