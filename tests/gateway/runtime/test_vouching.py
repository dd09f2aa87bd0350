"""The co-processors are told how far the ledger is, and a fill waits for one of them."""

import pytest

from gateway.core.facts import TYPE_OF, ClockTold, SaleCompleted
from gateway.core.log import Entry
from gateway.core.reasons import Reason
from gateway.core.witness import Witnessed
from gateway.runtime.vouching import AGAIN_NS, WITHIN_NS, Vouching
from tests.gateway.runtime.devices import HandClock, HandWitness

INCARNATION = "0123456789abcdef"
PLACE = Witnessed(INCARNATION, 3, "a" * 16, 1)
SALE, TOLD = TYPE_OF[SaleCompleted], TYPE_OF[ClockTold]


class Bench:
    def __init__(self, count: int = 1, *, tell: bool = False, refused: Reason | None = None):
        self.clock = HandClock()
        self.witnesses = [HandWitness() for _ in range(count)]
        self.vouching = Vouching(self.witnesses, self.clock, PLACE, tell=tell, refused=refused)
        self.heard: list[str] = []

    def vouch(self) -> None:
        self.vouching.vouch(lambda: self.heard.append("done"), self.heard.append)

    def pass_time(self, ns: int) -> None:
        self.clock.now_ns += ns
        self.vouching.turn()

    def answer(self, answer: str = "", at: int = 0) -> None:
        self.witnesses[at].receipts[-1].answer = answer
        self.vouching.turn()


def entry(sequence: int, kind: str) -> Entry:
    return Entry(
        id=f"{INCARNATION}/{sequence}",
        source="takar/g",
        type=kind,
        time="2026-11-22T04:00:00.000Z",
        data={},
        sequence=sequence,
        prevhash="0" * 64,
    )


def test_where_none_is_fitted_nobody_waits() -> None:
    bench = Bench(0)
    bench.vouch()
    assert bench.heard == ["done"]


def test_a_fill_waits_for_the_acknowledgement() -> None:
    bench = Bench()
    bench.vouch()
    assert (bench.heard, bench.witnesses[0].told) == ([], [PLACE])
    assert bench.vouching.due_ns() is not None
    bench.answer()
    assert bench.heard == ["done"]
    assert bench.vouching.due_ns() is None
    bench.vouch()
    assert bench.heard == ["done", "done"]
    assert bench.witnesses[0].told == [PLACE]


def test_what_was_committed_since_is_told_before_the_next_fill() -> None:
    bench = Bench()
    bench.vouch()
    bench.answer()
    bench.vouching.committed([entry(4, TOLD), newest := entry(5, TOLD)], 1)
    bench.vouching.turn()
    assert bench.witnesses[0].told == [PLACE]
    bench.vouch()
    assert bench.witnesses[0].told[1:] == [Witnessed(INCARNATION, 5, newest.hash[:16], 1)]
    assert bench.heard == ["done"]


def test_after_a_sale_it_is_told_without_being_asked() -> None:
    bench = Bench()
    bench.vouching.committed([entry(4, SALE), entry(5, TOLD)], 2)
    bench.vouching.turn()
    assert [(p.sequence, p.high_water) for p in bench.witnesses[0].told] == [(5, 2)]
    assert bench.vouching.due_ns() is None


def test_a_start_tells_it_at_once() -> None:
    bench = Bench(tell=True)
    bench.vouching.turn()
    assert bench.witnesses[0].told == [PLACE]


def test_one_that_is_not_to_be_told_yet_hears_of_the_next_sale_alone() -> None:
    """Until central has confirmed the ledger it keeps what it knows of the one before."""
    bench = Bench()
    bench.pass_time(AGAIN_NS)
    assert bench.witnesses[0].told == []
    bench.vouching.committed([entry(4, SALE)], 2)
    bench.vouching.turn()
    assert [place.sequence for place in bench.witnesses[0].told] == [4]


def test_one_of_two_is_enough_and_both_are_told() -> None:
    bench = Bench(2)
    bench.witnesses[0].absent = True
    bench.vouch()
    bench.answer(at=1)
    assert bench.heard == ["done"]
    bench.witnesses[0].absent = False
    bench.pass_time(AGAIN_NS)
    assert bench.witnesses[0].told == [PLACE]


@pytest.mark.parametrize("answer", [None, "behind", "restarted"])
def test_no_acknowledgement_in_time(answer: str | None) -> None:
    bench = Bench()
    bench.vouch()
    bench.pass_time(WITHIN_NS - 1)
    if answer is not None:
        bench.answer(answer)
    assert bench.heard == []
    bench.pass_time(1)
    assert bench.heard == [Reason.WITNESS_SILENT]


def test_one_that_is_away_is_told_when_it_is_back() -> None:
    bench = Bench()
    bench.witnesses[0].absent = True
    bench.vouch()
    bench.witnesses[0].absent = False
    bench.pass_time(AGAIN_NS)
    bench.answer()
    assert bench.heard == ["done"]


def test_what_was_told_before_it_went_is_told_again() -> None:
    bench = Bench()
    bench.vouch()
    bench.answer()
    bench.witnesses[0].connections += 1
    bench.pass_time(AGAIN_NS)
    bench.vouch()
    assert bench.heard == ["done"]
    assert bench.witnesses[0].told == [PLACE, PLACE]


def test_a_refused_ledger_is_never_told_of() -> None:
    """Its entries would soon lie beyond what was witnessed, and hide it."""
    bench = Bench(refused=Reason.WITNESS_AHEAD)
    bench.vouching.committed([entry(4, SALE)], 2)
    bench.vouch()
    bench.vouching.turn()
    assert bench.witnesses[0].told == []
    assert bench.heard == [Reason.WITNESS_AHEAD]
