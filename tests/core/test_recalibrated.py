"""What the ledger says of a pump's ratio: in force, counted, and nothing lost by the change."""

import msgspec
import pytest

from gateway.core.allocation import PutCard
from gateway.core.comparing import with_counter
from gateway.core.decision import Denied, Drawing
from gateway.core.facts import (
    CalibrationChanged,
    CalibrationDrawn,
    Charge,
    CounterReading,
    Fact,
    Ratio,
    SaleCompleted,
    TotaliserEntered,
    TotaliserRead,
)
from gateway.core.meters import NEW, in_force
from gateway.core.people import decide_draw
from gateway.core.reasons import Reason
from gateway.core.units import Calibration
from tests.core.ledger_of import balance_of, entries, then
from tests.core.recalibrations import CARD, changed
from tests.gateway.store.samples import grant, sale

CONFIGURED = Calibration(100)
TIME = "2026-11-22T04:00:00.000Z"


def at(pulses: int) -> CounterReading:
    return CounterReading("pico.7", pulses)


def draw(volume_ml: int = 20_240, *, estimated: bool = False) -> CalibrationDrawn:
    return CalibrationDrawn(
        pump=1,
        card=CARD,
        pulses=None,
        volume_ml=volume_ml,
        unseen_ml=4_000 if estimated else 0,
        totaliser_start_ml=10_000,
        totaliser_end_ml=10_000 + volume_ml,
        estimated=estimated,
        ended_by="nozzle_hung",
        started=TIME,
    )


def ratio(*facts: Fact) -> Calibration:
    return in_force(balance_of(*facts).meters.get(1, NEW), CONFIGURED)


def test_the_configuration_has_only_the_first_word() -> None:
    assert ratio() == CONFIGURED
    assert ratio(draw()) == CONFIGURED
    assert ratio(changed(pump=2)) == CONFIGURED
    assert ratio(changed()) == Calibration(506, 5)


@pytest.mark.parametrize("count", [1, 2])
def test_the_count_of_changes_never_falls(count: int) -> None:
    balance = balance_of(changed(2))
    assert balance.meters[1].calibrations == 2
    with pytest.raises(ValueError, match=f"change {count} of its ratio after 2"):
        then(balance, changed(count))
    assert then(balance, changed(3)).meters[1].calibrations == 3


def test_nothing_else_sets_ratio_or_count_back() -> None:
    read = TotaliserRead(pump=1, counter=at(9), totaliser_ml=10_000, why="start")
    meter = balance_of(changed(5, counter=at(1)), read, draw(), changed(6, pump=2)).meters[1]
    assert (meter.calibrations, meter.ratio) == (6 - 1, Ratio(506, 5))


def test_what_was_counted_before_stays_counted_as_it_was() -> None:
    """1,000 pulses at 10 ml, then 1,012 at 9.88 ml: 20 L, of which 20 L were sold."""
    read = TotaliserRead(pump=1, counter=at(500), totaliser_ml=0, why="start")
    first = sale(1, Charge(1, 10_000))
    second = sale(2, Charge(1, 10_000), totaliser_start_ml=10_000)
    balance = balance_of(grant(1, 50_000), read, first, changed(counter=at(1_500)), second)
    new = in_force(balance.meters[1], CONFIGURED)
    found = with_counter(balance.meters[1], at(1_500 + 1_012), new, tolerance_ml=200)
    assert found is not None
    assert (found.counted_ml, found.recorded_ml, found.gap_ml) == (20_000, 20_000, 0)
    again = then(balance, msgspec.structs.replace(read, counter=at(2_512)))
    found = with_counter(again.meters[1], at(2_512), new, tolerance_ml=200)
    assert found is not None
    assert (found.counted_ml, found.recorded_ml) == (0, 0)


def test_a_change_without_a_count_makes_no_comparison_up() -> None:
    read = TotaliserRead(pump=1, counter=at(500), totaliser_ml=0, why="start")
    assert balance_of(read, changed()).meters[1].base is None
    assert balance_of(changed(counter=at(9))).meters[1].base is None


def test_an_estimate_is_not_corrected_at_another_ratio() -> None:
    guess = msgspec.structs.replace(
        sale(1, Charge(1, 4_000)), estimated=True, totaliser_end_ml=None, counter_start=at(100)
    )
    assert isinstance(guess, SaleCompleted)
    before = balance_of(grant(1), guess)
    assert before.meters[1].estimated is not None
    assert then(before, changed(counter=at(900))).meters[1].estimated is None


def test_a_draw_is_counted_and_charged_to_nobody() -> None:
    before = balance_of(grant(1))
    after = then(before, draw())
    assert after.totaliser_ml[1] == 30_240
    assert after.meters[1].recorded_ml == 20_240
    assert after.accounts == before.accounts


def test_after_a_draw_that_was_not_counted_the_count_is_read_anew() -> None:
    read = TotaliserRead(pump=1, counter=at(500), totaliser_ml=10_000, why="start")
    assert balance_of(read, draw()).meters[1].base == at(500)
    assert balance_of(read, draw(estimated=True)).meters[1].base is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("count", 0),
        ("draws", [{"pulses": 2_024, "can_ml": 20_000}] * 2),
        ("draws", [{"pulses": 2_024, "can_ml": 17_999}] * 3),
        ("draws", [{"pulses": 2_024, "can_ml": 22_001}] * 3),
        ("spread_ppm", 1_001),
        ("error_before_ppm", -100_001),
        ("after", {"pulses": 0, "litres": 1}),
        ("by", "somebody"),
    ],
)
def test_an_entry_out_of_bounds_is_none(field: str, value: object) -> None:
    (entry,) = entries(changed())
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**entry.data, field: value}, CalibrationChanged)


def test_what_a_draw_may_have_passed_unseen_widens_what_the_dispenser_may_say() -> None:
    entered = TotaliserEntered(
        pump=1, reading_ml=5_000, resolution_ml=10, replaced=False, totaliser_ml=10_000, by="Ama"
    )
    before = balance_of(entered).meters[1].entered
    after = balance_of(entered, draw(estimated=True)).meters[1].entered
    assert before is not None
    assert after is not None
    assert (before.uncounted_ml, after.uncounted_ml) == (0, 4_000)


TECHNICIAN = PutCard(uid=CARD, card="technician", holder="yohanes", status="active")


def test_a_draw_is_opened_where_it_was_asked_for_and_keeps_25_litres() -> None:
    assert decide_draw(TECHNICIAN, 660, awaited=True) == Drawing(TECHNICIAN, 24_340)
    assert decide_draw(TECHNICIAN, 660, awaited=False) == Denied(Reason.UNKNOWN_CARD)
    assert decide_draw(TECHNICIAN, 24_901, awaited=True) == Denied(Reason.UNKNOWN_CARD)
