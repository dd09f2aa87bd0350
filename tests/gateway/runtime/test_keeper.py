"""The one writer: order and answers."""

import threading

import pytest

from gateway.core.reasons import Reason
from gateway.runtime.jobs import Job
from gateway.store.errors import StoreError
from tests.gateway.runtime.notebook import FULL, Notebook, noted
from tests.gateway.runtime.writing import Writing
from tests.gateway.store.samples import refusal, session


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
