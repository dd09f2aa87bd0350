"""Fills by the thousand: no quota is passed, presets end where they were chosen, all is counted."""

import random

import pytest

from simulation.dosing.report import Report
from simulation.dosing.study import LEARNING_FILLS, models, pump_fills

AGEING = ((1, 20_000), (10, 40_000), (47, 20_000), (50, 65_000), (100, 240_000), (333, 40_000))
"""Pulses and highest flow of the kinds of pump that age by 20 %."""


def fills(seed: int, each: int, kinds: tuple[tuple[int, int], ...] = ()) -> Report:
    """So many at each of the 60 kinds of pump, or of some; every pulse accounted for at each."""
    rng, report = random.Random(seed), Report()
    for model in models(rng):
        if kinds and (model.pulses, model.max_flow) not in kinds:
            continue
        pump, results = pump_fills(model, each, random.Random(rng.random()))
        count = pump.line.pulses
        assert pump.limiter.pulses_total == pump.session.pulses_total == count
        counted_ml = pump.sold_ml + pump.unauthorised_ml + pump.session.stray_ml
        assert counted_ml == model.dosing.calibration.volume_ml(count)
        assert sum(result.done.sold_ml for result in results) == pump.sold_ml
        report.add(results)
    return report


def all_is_well(report: Report) -> None:
    print(report)
    assert report.quotas
    assert report.quotas_over == []
    assert report.under == []
    assert len(report.over) <= report.presets // 1000


def test_a_few_hundred_fills() -> None:
    all_is_well(fills(seed=4, each=LEARNING_FILLS + 5))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_ten_thousand_fills() -> None:
    all_is_well(fills(seed=1, each=170))


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_thousand_fills_while_the_valve_ages_by_a_fifth() -> None:
    report = fills(seed=3, each=1000, kinds=AGEING)
    assert report.fills == 1000 * len(AGEING)
    all_is_well(report)
