"""The one writer: a thread that makes things durable and answers the control loop."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue

from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.runtime.committing import Committing
from gateway.runtime.holdings import Holdings, Superseded
from gateway.runtime.inbox import Inbox
from gateway.runtime.jobs import Job, LedgerWriter, Timed
from gateway.store.errors import StoreError

log = logging.getLogger(__name__)

MAX_UNWRITTEN = 1000
"""Notes kept in memory while the disk refuses; the newest beyond that are only logged."""

RETRY_S = 5.0
"""Pause before what the disk refused is tried again, if nothing else is to be written."""
IDLE_S = 30.0
"""So long nothing was to be written before the writer does its own housekeeping."""


class Keeper:
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
        self._ledger = ledger
        self._holdings = holdings
        self._inbox = inbox
        self._committed = committed
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._retry_s = retry_s
        self._stopping = threading.Event()
        if ledger is not None:
            self._committing = Committing(
                ledger.reopen,
                lambda code: self.answer(lambda: blocked(code)),
                pause=lambda: self._pause(retry_s),
                now=now,
            )
        self._unwritten: list[Timed] = []
        self._unfinished: list[Callable[[], None]] = []
        self._housework: Callable[[], bool] | None = None
        self._turn = threading.Lock()
        self._newest = self._answered = 0
        self._thread = threading.Thread(target=self._work, name="ledger-writer", daemon=True)
        self._start()

    @property
    def outstanding(self) -> bool:
        """A job is not yet answered. Read in the loop's thread."""
        return self._newest != self._answered

    def submit(self, job: Job) -> None:
        self.run(lambda: self._do(job))

    def note(self, facts: list[Timed]) -> None:
        """Write facts that nobody waits for; they are kept and tried again if that fails."""
        self.run(lambda: self._note(facts))

    def acknowledge(self, through: int) -> None:
        self.run(lambda: self._acknowledge(through))

    def run(self, work: Callable[[], None]) -> None:
        """Run in the writer's thread, after what was submitted before. From any thread."""
        with self._turn:
            self._newest += 1
            self._jobs.put(work)

    def have_done(self, work: Callable[[], None], within_s: float) -> None:
        """The same, and wait: raises what it raises, TimeoutError if that takes too long."""
        done: Future[None] = Future()

        def do() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  # raised where it is waited for
                done.set_exception(error)
            else:
                done.set_result(None)

        self.run(do)
        self._wait_for(done, within_s)

    def until_done(self, work: Callable[[], None]) -> None:
        """From the writer's thread: run `work` before each job, and every few seconds without
        one, until it raises no StoreError."""
        self._unfinished.append(work)

    @property
    def behind(self) -> bool:
        """In the writer's thread: something that was refused must be written first."""
        return bool(self._unfinished)

    def when_idle(self, work: Callable[[], bool]) -> None:
        """Run this in the writer's thread whenever nothing was to be written for a while, and
        soon again where it returns True, for there is more of it. From any thread, once."""

        def begin() -> None:
            self._housework = work

        self.run(begin)

    def answer(self, *calls: Callable[[], None]) -> None:
        """From the writer's thread: run these in the loop's."""

        def tell() -> None:
            for call in calls:
                call()

        self._inbox.put(tell)

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
            )
        )

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

    def stop(self) -> None:
        """Finish what was submitted, then end the thread."""
        self._stopping.set()
        self._jobs.put(None)
        self._thread.join()

    def _start(self) -> None:
        self._thread.start()

    def _wait_for(self, done: Future[None], within_s: float) -> None:
        done.result(within_s)

    def _pause(self, seconds: float) -> bool:
        """True if there is no time left to go on after it."""
        return self._stopping.wait(seconds)

    def _work(self) -> None:
        more = False
        while True:
            try:
                work = self._jobs.get(timeout=self._patience_s(more=more))
            except Empty:
                self._retry()
                more = self._keep_house()
                continue
            if work is None:
                self._retry()
                return
            self._take(work)

    def _patience_s(self, *, more: bool) -> float | None:
        if self._refused or more:
            return self._retry_s
        return None if self._housework is None else IDLE_S

    def _keep_house(self) -> bool:
        if self._housework is None or self._refused:
            return False
        try:
            return self._housework()
        except StoreError as error:
            log.error("%s", error)
        except Exception:
            log.exception("the ledger's writer could not keep house")
        return False

    @property
    def _refused(self) -> bool:
        """The disk refused what is to be tried again."""
        return bool(self._unfinished or self._unwritten)

    def _retry(self) -> None:
        self._finish()
        self._write_notes()
        self._note_outage()

    def _take(self, work: Callable[[], None]) -> None:
        self._finish()
        try:
            work()
        except Exception:
            log.exception("the ledger's writer failed at a job")
        self._note_outage()
        self._inbox.put(self._count_answer)

    def _note_outage(self) -> None:
        if self._ledger is not None and (facts := self._committing.outage_over()):
            log.warning("recorded again: %s", facts)
            self._note(facts)

    def _finish(self) -> None:
        """What the disk refused before is older than what comes next."""
        while self._unfinished:
            try:
                self._unfinished[0]()
            except StoreError:
                return
            except Exception:
                log.exception("the ledger's writer gave something up")
            self._unfinished.pop(0)

    def _write_notes(self) -> None:
        if not self._unwritten:
            return
        try:
            entries = self.commit(Job())
        except StoreError:
            return
        self.answer(lambda: self._committed(entries))

    def _count_answer(self) -> None:
        self._answered += 1

    def _do(self, job: Job) -> None:
        try:
            entries = self.commit(job)
        except Superseded:
            self.answer(job.superseded or _nothing)
            return
        except StoreError as error:
            log.error("not durable: %s", error)
            code = error.code
        except Exception:
            # A bug; but who waits for this job must hear that it is not done.
            log.exception("not durable")
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
            log.error("not yet in the ledger: %s: %s", facts, error)
            return
        self.answer(lambda: self._committed(entries))

    def _acknowledge(self, through: int) -> None:
        if self._ledger is None:
            return
        try:
            self._ledger.acknowledge(through)
        except StoreError as error:
            log.error("acknowledgement through %d not kept: %s", through, error)


def _nothing() -> None:
    pass
