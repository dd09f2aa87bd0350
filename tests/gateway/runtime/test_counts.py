"""What is counted at each pump, and how long people wait there."""

from typing import Any

import pytest

from gateway.core.events import ReservationDurable
from gateway.core.facts import (
    Charge,
    FlowBypassed,
    FlowUnauthorised,
    PumpFaulted,
)
from gateway.core.reasons import Reason
from gateway.core.units import NS_PER_MS
from gateway.runtime.counts import Counts, PumpCounts
from gateway.runtime.promptness import BUCKETS_MS
from tests.gateway.runtime.counter import Counter
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import UID
from tests.gateway.store.samples import TIME, refusal, sale


@pytest.fixture
def counter() -> Counter:
    return Counter()


def now(counter: Counter) -> PumpCounts:
    (counts,) = Counts({1: counter.desk}).now()
    return counts


def lay(counter: Counter, uid: str = UID) -> None:
    counter.hand.reader.lay(uid)
    counter.run(0.2)
    counter.hand.reader.there = None
    counter.run(0.3)


def answered_within_ms(counts: PumpCounts) -> list[float]:
    bounds = [*BUCKETS_MS, float("inf")]
    return [bound for bound, n in zip(bounds, counts.answers, strict=True) for _ in range(n)]


def test_what_is_committed_is_counted_once(office: Office, counter: Counter) -> None:
    counts = Counts({1: counter.desk})
    facts: list[Any] = [
        sale(1, Charge(1, 4000)),
        refusal(7),
        refusal(8),
        PumpFaulted(pump=1, fault="reader_silent", detail="gone"),
        FlowUnauthorised(pump=1, volume_ml=250, totaliser_end_ml=250),
        FlowBypassed(
            pump=1, volume_ml=900, since=TIME, until=TIME, unattended=False, totaliser_end_ml=1150
        ),
        PumpFaulted(pump=3, fault="reader_silent", detail="of a pump that was taken away"),
    ]
    entries = office.ledger.commit([(fact, TIME) for fact in facts])
    before = counts.now()
    counts.committed(entries)
    (told,) = counts.now()
    assert (told.fills, told.volume_ml) == (1, 4000)
    assert (told.refusals, told.faults) == ({"unknown_card": 2}, {"reader_silent": 1})
    assert (told.unauthorised_ml, told.bypassed_ml) == (250, 900)
    assert (before[0].fills, before[0].refusals) == (0, {}), "what was taken stays as it was"


def test_an_accepted_tap_is_answered_when_its_reservation_is_on_disk(counter: Counter) -> None:
    counter.clerk.prompt = False
    lay(counter)
    assert now(counter).answers == [0] * (len(BUCKETS_MS) + 1)
    counter.clock.now_ns += 40 * NS_PER_MS
    (asked,) = counter.clerk.reserved
    counter.desk.take(ReservationDurable(asked.reserved_ml))
    counts = now(counter)
    assert answered_within_ms(counts) == [1000]
    assert 500_000 <= counts.answers_us <= 600_000


def test_a_refusal_is_an_answer_too(counter: Counter) -> None:
    counter.clerk.denies = Reason.QUOTA_EXHAUSTED
    lay(counter)
    assert answered_within_ms(now(counter)) == [10]


def test_a_card_that_ends_a_fill_asks_nothing(counter: Counter) -> None:
    lay(counter)
    assert answered_within_ms(now(counter)) == [10]
    lay(counter)  # the same card again: it gives the reservation back
    assert answered_within_ms(now(counter)) == [10]


def test_polls_that_nobody_answers_are_counted(counter: Counter) -> None:
    counter.hand.reader.broken = True
    counter.run(3)
    assert 3 <= now(counter).reader_errors <= 6
