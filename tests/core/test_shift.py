"""A shift's sums: every entry in exactly one of them, whatever comes in whatever order."""

import msgspec
import pytest

from gateway.core.facts import (
    Fact,
    FlowUnauthorised,
    Part,
    PumpLine,
    PumpReading,
    RefusedLine,
    ShiftClosed,
    ShiftOpened,
    SoldLine,
)
from gateway.core.facts.shifts import MOST_LINES
from gateway.core.shift import Shift, closing, opening, unexplained_ml
from tests.core.ledger_of import balance_of, then
from tests.core.shifts import bypassed, corrected, drawn, guessed, sold
from tests.gateway.store.samples import TIME, grant, refusal

ONCE = RefusedLine(code="unknown_card", count=1)


def boundary(facts: list[Fact], totaliser_ml: dict[int, int]) -> ShiftOpened | ShiftClosed:
    """Open or close, as is due."""
    shift = balance_of(*facts).shift
    fact = (opening if shift.begun is None else closing)(shift, "Ama", totaliser_ml)
    facts.append(fact)
    return fact


def test_a_shift_from_its_opening_to_its_closing() -> None:
    facts: list[Fact] = [grant(1), sold(1, 500), refusal(1)]
    opened = boundary(facts, {1: 700, 2: 0})
    assert isinstance(opened, ShiftOpened)
    assert (opened.number, opened.by, opened.since.refusals) == (1, "Ama", [ONCE])
    assert opened.readings[0] == PumpReading(pump=1, start_ml=None, end_ml=700)
    facts += [
        sold(2, 10_000),
        sold(3, 2_000, department="bkad", override_by="04A1B2C3D4E5F6"),
        sold(4, 1_000, pump=2, price_idr_per_l=13_000),
        FlowUnauthorised(pump=1, volume_ml=150, totaliser_end_ml=20_000),
        drawn(1, 20_000, 40),
        bypassed(1, 5_000),
        refusal(2),
    ]
    closed = boundary(facts, {1: 37_900, 2: 1_000})
    assert isinstance(closed, ShiftClosed)
    assert (closed.number, closed.opened_by, closed.opened, closed.opened_at) == (1, "Ama", TIME, 4)
    totals = closed.totals
    assert [(line.department, line.price_idr_per_l, line.volume_ml) for line in totals.sold] == [
        ("bkad", 12_950, 2_000),
        ("dinas-kesehatan", 12_950, 10_000),
        ("dinas-kesehatan", 13_000, 1_000),
    ]
    assert totals.overridden == Part(count=1, volume_ml=2_000)
    assert totals.pumps[0] == PumpLine(
        pump=1,
        sold_ml=12_000,
        drawn_ml=20_000,
        unauthorised=1,
        unauthorised_ml=150,
        bypassed_ml=5_000,
        uncounted_ml=40,
    )
    assert closed.readings == [
        PumpReading(pump=1, start_ml=700, end_ml=37_900),
        PumpReading(pump=2, start_ml=0, end_ml=1_000),
    ]
    assert unexplained_ml(closed.readings[0], totals.pumps[0]) == 50
    assert unexplained_ml(opened.readings[0], totals.pumps[0]) is None
    again = boundary(facts, {1: 37_899})
    assert (again.number, again.readings[0].start_ml, again.readings[0].end_ml) == (
        2,
        37_900,
        37_900,
    )


def test_a_correction_is_of_the_shift_in_which_it_comes() -> None:
    guess = guessed(1, 5_000, 1_000)
    facts: list[Fact] = [grant(1), guess]
    assert balance_of(*facts).shift.estimated == Part(count=1, volume_ml=5_000)
    boundary(facts, {1: 1_000})
    assert balance_of(*facts).shift.estimated == Part()
    boundary(facts, {1: 1_000})
    facts.append(corrected(guess, 2_000))
    shift = balance_of(*facts).shift
    (line,) = shift.totals.sold
    assert (line.fills, line.volume_ml, line.returned_ml) == (0, 0, 3_000)
    assert line.returned_idr == guess.amount_idr - 25_900
    assert shift.pumps[1].sold_ml == 1_000
    assert then(balance_of(*facts), corrected(guess, 2_000)).shift == shift


@pytest.mark.parametrize("other", [sold(2, 1_000), corrected(guessed(2, 5_000, 0), 1_000)])
def test_only_the_newest_estimate_of_a_pump_is_corrected(other: Fact) -> None:
    guess = guessed(1, 5_000, 1_000)
    facts = [grant(1), guess, other]
    before = balance_of(*facts).shift
    after = balance_of(*facts, corrected(guess, 2_000)).shift
    assert (after == before) is (type(other) is type(guess))


def test_what_no_meter_of_ours_counted_is_sold_but_went_through_no_pump() -> None:
    shift = balance_of(grant(1), sold(1, 5_000, mode="authorise_only")).shift
    assert shift.totals.sold[0].volume_ml == 5_000
    assert shift.declared == Part(count=1, volume_ml=5_000)
    assert shift.pumps == {}


def test_opening_twice_and_closing_nothing_are_refused() -> None:
    facts: list[Fact] = []
    with pytest.raises(ValueError, match="no shift is open"):
        closing(Shift(), "Ama", {})
    boundary(facts, {})
    with pytest.raises(ValueError, match="shift 1 of Ama is open since"):
        opening(balance_of(*facts).shift, "Beni", {})


def test_lines_beyond_the_most_are_one_and_nothing_is_lost() -> None:
    facts: list[Fact] = [grant(1, 10_000_000)]
    facts += [sold(n, 1_000, department=f"dinas-{n}") for n in range(1, MOST_LINES + 11)]
    facts.append(sold(9_999, 1_000, department="dinas-1"))
    totals = balance_of(*facts).shift.totals
    assert len(totals.sold) == MOST_LINES + 1
    rest = SoldLine(
        product=None,
        price_idr_per_l=None,
        department=None,
        fills=10,
        volume_ml=10_000,
        amount_idr=129_500,
    )
    assert totals.sold[-1] == rest
    assert sum(line.fills for line in totals.sold) == MOST_LINES + 11
    opened = opening(Shift(sold=balance_of(*facts).shift.sold), "Ama", {})
    assert msgspec.convert(msgspec.to_builtins(opened), ShiftOpened) == opened


def test_a_pump_that_leaked_before_a_shift_is_remembered_until_its_sheet() -> None:
    facts: list[Fact] = [grant(1)]
    boundary(facts, {1: 0})
    boundary(facts, {1: 0})
    facts.append(FlowUnauthorised(pump=1, volume_ml=150, totaliser_end_ml=150))
    boundary(facts, {1: 150})
    begun = balance_of(*facts).shift.begun
    assert begun is not None
    assert begun.passed == (1,)
    boundary(facts, {1: 150})
    boundary(facts, {1: 150})
    begun = balance_of(*facts).shift.begun
    assert begun is not None
    assert begun.passed == ()
