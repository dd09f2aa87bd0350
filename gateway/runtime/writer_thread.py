"""The writer's thread: it does what it is given in order, and tries again what was refused."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue

from gateway.runtime.inbox import Inbox
from gateway.store.errors import StoreError

log = logging.getLogger(__name__)

RETRY_S = 5.0
"""Pause before what the disk refused is tried again, if nothing else is to be written."""
IDLE_S = 30.0
"""So long nothing was to be written before the writer does its own housekeeping."""


class WriterThread:
    """What it has to say is put into the inbox of the control loop, whose thread takes it."""

    def __init__(self, inbox: Inbox, retry_s: float) -> None:
        """`_start` begins the work, once whoever builds on this is complete."""
        self._inbox = inbox
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._retry_s = retry_s
        self._stopping = threading.Event()
        self._unfinished: list[Callable[[], None]] = []
        self._housework: Callable[[], bool] | None = None
        self._turn = threading.Lock()
        self._newest = self._answered = 0
        self._thread = threading.Thread(target=self._work, name="ledger-writer", daemon=True)

    @property
    def outstanding(self) -> bool:
        """A job is not yet answered. Read in the loop's thread."""
        return self._newest != self._answered

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

    def stop(self) -> None:
        """Finish what was submitted, then end the thread."""
        self._stopping.set()
        self._jobs.put(None)
        self._thread.join()

    def _after_job(self) -> None:
        """What else is to be done, in the writer's thread, when a job has been."""

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
            log.error("%s", error, extra={"event": "housekeeping_failed"})
        except Exception:
            log.exception(
                "the ledger's writer could not keep house", extra={"event": "housekeeping_failed"}
            )
        return False

    @property
    def _refused(self) -> bool:
        """The disk refused what is to be tried again."""
        return self.behind

    def _retry(self) -> None:
        """Try all of that."""
        self._finish()

    def _finish(self) -> None:
        """What the disk refused before is older than what comes next."""
        while self._unfinished:
            try:
                self._unfinished[0]()
            except StoreError:
                return
            except Exception:
                log.exception(
                    "the ledger's writer gave something up", extra={"event": "writer_gave_up"}
                )
            self._unfinished.pop(0)

    def _take(self, work: Callable[[], None]) -> None:
        self._finish()
        try:
            work()
        except Exception:
            log.exception("the ledger's writer failed at a job", extra={"event": "writer_failed"})
        self._after_job()
        self._inbox.put(self._count_answer)

    def _count_answer(self) -> None:
        self._answered += 1
