"""What the disk refused is tried again, and an outage is said once."""

import threading

import pytest

from gateway.core.facts import StorageBlocked
from gateway.runtime import committing
from gateway.runtime.jobs import Job
from gateway.runtime.keeper import MAX_UNWRITTEN
from tests.gateway.runtime.notebook import FULL, Notebook, noted
from tests.gateway.runtime.writing import ANSWER_S, Writing
from tests.gateway.store.samples import refusal, session


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
