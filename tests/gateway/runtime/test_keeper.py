"""The one writer: order, answers, and what the disk refused."""

import threading
from collections.abc import Sequence

import msgspec
import pytest

from gateway.core.facts import Fact, SaleRefused, StorageBlocked
from gateway.core.log import Entry
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Reason
from gateway.runtime import committing
from gateway.runtime.jobs import Job, Timed
from gateway.runtime.keeper import MAX_UNWRITTEN
from gateway.store.errors import StoreError, StoreFailed
from gateway.store.state import NewEpoch
from tests.gateway.runtime.writing import ANSWER_S, Writing
from tests.gateway.store.samples import GATEWAY, INCARNATION, TIME, refusal, session

FULL = StoreFailed(
    Reason.STORAGE_FULL, "the disk is full", "free some", committed=False, reopen=False
)


class Notebook:
    """A ledger that only remembers what it was told, and fails when told to."""

    def __init__(self) -> None:
        self.commits: list[tuple[list[Fact], int | None, int | None, bool]] = []
        self.acknowledged: list[int] = []
        self.failure: Exception | None = None
        self.may_write = threading.Event()
        self.may_write.set()
        self.asked = threading.Event()
        self._sequence = 0

    def commit(
        self,
        facts: Sequence[Timed] = (),
        *,
        put_session: OpenSession | None = None,
        drop_session: int | None = None,
        seal: bool = False,
        adopt: NewEpoch | None = None,
    ) -> list[Entry]:
        self.asked.set()
        assert self.may_write.wait(ANSWER_S)
        assert adopt is None
        if self.failure is not None:
            raise self.failure
        put = put_session.session_no if put_session is not None else None
        self.commits.append(([fact for fact, _ in facts], put, drop_session, seal))
        return [self._entry(fact) for fact, _ in facts]

    def acknowledge(self, through: int, *, epoch: int) -> None:
        assert epoch == 1
        if self.failure is not None:
            raise self.failure
        self.acknowledged.append(through)

    def reopen(self) -> list[Entry] | None:
        raise AssertionError("nothing here needs it")

    def _entry(self, fact: Fact) -> Entry:
        assert isinstance(fact, SaleRefused | StorageBlocked)
        self._sequence += 1
        return Entry(
            id=f"{INCARNATION}/{self._sequence}",
            source=f"takar/{GATEWAY}",
            type="sale.refused",
            time=TIME,
            data=msgspec.to_builtins(fact),
            sequence=self._sequence,
            prevhash="0" * 64,
        )


def noted(number: int) -> list[Timed]:
    return [(refusal(number), TIME)]


def test_jobs_are_done_in_order_and_answered_in_order(writing: Writing) -> None:
    ledger, said = Notebook(), []
    keeper = writing.keeper(ledger)
    keeper.submit(Job(put_session=session(7), done=lambda: said.append("reserved")))
    keeper.note(noted(1))
    keeper.submit(
        Job(facts=noted(2), drop_session=1, seal=True, done=lambda: said.append("recorded"))
    )
    keeper.run(lambda: said.append("run"))
    writing.settle(keeper)
    assert ledger.commits == [
        ([], 7, None, False),
        ([refusal(1)], None, None, False),
        ([refusal(2)], None, 1, True),
    ]
    assert sorted(said) == ["recorded", "reserved", "run"]
    assert said.index("reserved") < said.index("recorded")
    assert [entry.sequence for entry in writing.told] == [1, 2]
    assert keeper.commits == 3


def test_entries_are_told_before_the_job_that_wrote_them_is_done(writing: Writing) -> None:
    keeper = writing.keeper(Notebook())
    seen: list[int] = []
    keeper.submit(Job(facts=noted(1), done=lambda: seen.append(len(writing.told))))
    writing.settle(keeper)
    assert seen == [1]


def test_answers_run_only_where_the_loop_takes_them(writing: Writing) -> None:
    keeper, threads = writing.keeper(Notebook()), []
    keeper.submit(Job(facts=noted(1), done=lambda: threads.append(threading.current_thread())))
    writing.settle(keeper)
    assert threads == [threading.main_thread()]


def test_a_job_is_outstanding_until_the_loop_has_taken_its_answer(writing: Writing) -> None:
    ledger = Notebook()
    ledger.may_write.clear()
    keeper = writing.keeper(ledger)
    assert not keeper.outstanding
    keeper.submit(Job(facts=noted(1)))
    keeper.acknowledge(1, epoch=1)
    assert keeper.outstanding
    ledger.may_write.set()
    keeper.stop()  # all is written, nothing is taken yet
    assert keeper.outstanding
    writing.drain()
    assert not keeper.outstanding


def test_a_failed_job_says_why_and_the_next_one_goes_on(writing: Writing) -> None:
    said: list[Reason | None] = []
    ledger = Notebook()
    ledger.failure = FULL
    keeper = writing.keeper(ledger)
    keeper.submit(Job(facts=noted(1), done=lambda: said.append(None), failed=said.append))
    keeper.submit(Job(facts=noted(2)))  # nobody asks
    writing.settle(keeper)
    assert said == [Reason.STORAGE_FULL]
    ledger.failure = None
    keeper.submit(Job(facts=noted(3), done=lambda: said.append(None)))
    writing.settle(keeper)
    # What a session asked for is asked again by the session, not by the keeper.
    assert ledger.commits == [([refusal(3)], None, None, False)]
    assert said == [Reason.STORAGE_FULL, None]


@pytest.mark.parametrize("error", [RuntimeError("a bug"), ValueError("a fact out of bounds")])
def test_a_bug_in_one_job_is_answered_and_does_not_end_the_writer(
    writing: Writing, error: Exception
) -> None:
    ledger = Notebook()
    said: list[Reason] = []
    ledger.failure = error
    keeper = writing.keeper(ledger)
    keeper.submit(Job(facts=noted(1), failed=said.append))
    keeper.submit(Job(facts=noted(1)))
    keeper.note(noted(1))
    writing.settle(keeper)
    assert said == [Reason.LEDGER_DAMAGED]
    ledger.failure = None
    keeper.submit(Job(facts=noted(2)))
    writing.settle(keeper)
    assert ledger.commits == [([refusal(2)], None, None, False)]


def test_notes_that_failed_go_with_the_next_commit_in_their_order(writing: Writing) -> None:
    ledger = Notebook()
    ledger.failure = FULL
    keeper = writing.keeper(ledger)
    keeper.note(noted(1))
    keeper.note(noted(2))
    keeper.submit(Job(put_session=session(1)))  # fails too, and loses no note
    writing.settle(keeper)
    ledger.failure = None
    keeper.submit(Job(facts=noted(3), drop_session=1))
    keeper.note(noted(4))
    writing.settle(keeper)
    assert ledger.commits == [
        ([refusal(1), refusal(2), refusal(3)], None, 1, False),
        ([refusal(4)], None, None, False),
    ]
    assert [entry.data["card"] for entry in writing.told] == [
        refusal(number).card for number in (1, 2, 3, 4)
    ]


def test_what_was_refused_is_tried_again_without_being_asked(writing: Writing) -> None:
    ledger = Notebook()
    ledger.failure = FULL
    keeper = writing.keeper(ledger, retry_s=0.001)
    tries: list[int] = []
    done = threading.Event()

    def work() -> None:
        tries.append(len(tries))
        if len(tries) == 3:
            ledger.failure = None
        keeper.commit(Job(facts=noted(2)))

    keeper.note(noted(1))
    keeper.run(lambda: keeper.until_done(work))
    keeper.run(lambda: keeper.until_done(done.set))
    assert done.wait(ANSWER_S)
    writing.settle(keeper)
    assert len(tries) == 3
    assert ledger.commits == [([refusal(1), refusal(2)], None, None, False)]


def test_notes_alone_are_tried_again_too(writing: Writing) -> None:
    ledger = Notebook()
    ledger.failure = FULL
    keeper = writing.keeper(ledger, retry_s=0.001)
    keeper.note(noted(1))
    writing.settle(keeper)
    ledger.failure = None
    writing.inbox.get(timeout=ANSWER_S)()
    assert [entry.data["card"] for entry in writing.told] == [refusal(1).card]


def test_a_bug_in_what_is_tried_again_does_not_stop_the_rest(writing: Writing) -> None:
    ledger = Notebook()
    keeper = writing.keeper(ledger, retry_s=0.001)

    def bug() -> None:
        raise RuntimeError

    keeper.run(lambda: keeper.until_done(bug))
    keeper.note(noted(1))
    writing.settle(keeper)
    assert ledger.commits == [([refusal(1)], None, None, False)]


def test_unwritten_notes_are_bounded_and_the_oldest_are_kept(writing: Writing) -> None:
    ledger = Notebook()
    ledger.failure = FULL
    keeper = writing.keeper(ledger)
    for number in range(MAX_UNWRITTEN + 3):
        keeper.note(noted(number))
    writing.settle(keeper)
    ledger.failure = None
    keeper.submit(Job())
    writing.settle(keeper)
    (facts, *_), *_ = ledger.commits
    assert facts == [refusal(number) for number in range(MAX_UNWRITTEN)]


def test_acknowledgements_reach_the_ledger_and_may_fail(writing: Writing) -> None:
    ledger = Notebook()
    keeper = writing.keeper(ledger)
    keeper.acknowledge(3, epoch=1)
    writing.settle(keeper)
    ledger.failure = FULL
    keeper.acknowledge(4, epoch=1)
    writing.settle(keeper)
    ledger.failure = None
    keeper.acknowledge(5, epoch=1)
    writing.settle(keeper)
    assert ledger.acknowledged == [3, 5]


def test_without_a_ledger_every_job_fails_and_notes_are_kept_back(writing: Writing) -> None:
    said: list[Reason] = []
    keeper = writing.keeper(None)
    keeper.submit(Job(facts=noted(1), failed=said.append))
    keeper.note(noted(2))
    keeper.acknowledge(1, epoch=1)
    writing.settle(keeper)
    assert said == [Reason.LEDGER_DAMAGED]
    assert keeper.commits == 0


def test_commit_in_the_writers_thread_raises_what_the_store_says(writing: Writing) -> None:
    ledger, caught = Notebook(), []
    ledger.failure = FULL
    keeper = writing.keeper(ledger)

    def work() -> None:
        try:
            keeper.commit(Job(facts=noted(1)))
        except StoreError as error:
            caught.append(error.code)

    keeper.run(work)
    writing.settle(keeper)
    assert caught == [Reason.STORAGE_FULL]


def test_stop_finishes_what_was_submitted(writing: Writing) -> None:
    ledger = Notebook()
    ledger.may_write.clear()
    keeper = writing.keeper(ledger)
    for number in range(20):
        keeper.note(noted(number))
    ledger.may_write.set()
    keeper.stop()
    assert len(ledger.commits) == 20


def test_stop_tries_once_more_what_was_refused(writing: Writing) -> None:
    ledger = Notebook()
    ledger.failure = FULL
    keeper = writing.keeper(ledger)
    keeper.note(noted(1))
    writing.settle(keeper)
    ledger.failure = None
    keeper.stop()
    assert ledger.commits == [([refusal(1)], None, None, False)]


def test_an_outage_is_said_once_when_it_is_over(writing: Writing) -> None:
    ledger, hours = Notebook(), iter(range(100))
    ledger.failure = FULL
    keeper = writing.keeper(ledger, now=lambda: f"2026-11-22T{next(hours):02}:00:00.000Z")
    for number in (1, 2):
        keeper.submit(Job(facts=noted(number)))
    writing.settle(keeper)
    ledger.failure = None
    keeper.submit(Job(facts=noted(3)))
    keeper.submit(Job(facts=noted(4)))
    writing.settle(keeper)
    blocked = StorageBlocked(code="storage_full", since="2026-11-22T00:00:00.000Z")
    assert [facts for facts, *_ in ledger.commits] == [[refusal(3)], [blocked], [refusal(4)]]


def test_a_slow_disk_is_seen_while_it_is_slow_and_said_afterwards(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, told = Notebook(), "2026-11-22T04:00:00.000Z"
    ledger.may_write.clear()
    monkeypatch.setattr(committing, "SLOW_S", 0.0)
    keeper = writing.keeper(ledger, now=lambda: told)
    assert not keeper.slow
    keeper.submit(Job(facts=noted(1)))
    assert ledger.asked.wait(ANSWER_S)
    assert keeper.slow, "the loop is told at once, while the commit still waits"
    monkeypatch.setattr(committing, "SLOW_S", 1e-9)
    ledger.may_write.set()
    writing.settle(keeper)
    assert not keeper.slow
    ((first, *_), (second, *_), *_) = ledger.commits
    assert (first, second) == ([refusal(1)], [StorageBlocked(code="storage_slow", since=told)])
