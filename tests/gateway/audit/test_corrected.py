"""An auditor follows counter-entries to estimated sales, and finds those that do not fit."""

from pathlib import Path
from typing import Any

import pytest

from gateway.core.facts import Charge, CounterReading, FlowUncounted, GrantClosed, SaleCorrected
from gateway.core.units import amount_idr
from tests.gateway.audit.scribe import Scribe, judged
from tests.gateway.store.samples import INCARNATION, SUBJECT, TIME

AT = CounterReading("pico.1", 250)


def correction(**changes: Any) -> SaleCorrected:
    values: dict[str, Any] = {
        "sale": f"{INCARNATION}-1",
        "pump": 1,
        "subject": SUBJECT,
        "volume_ml": 2500,
        "returned_ml": 1500,
        "amount_idr": amount_idr(2500, 12_950),
        "returned": [Charge(1, 1500)],
        "totaliser_end_ml": 2500,
        "counter_end": AT,
        "started": TIME,
    }
    return SaleCorrected(**(values | changes))


@pytest.fixture
def scribe() -> Scribe:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1, 4000, estimated=True, totaliser_end_ml=None, metered_ml=1000)
    scribe.say(FlowUncounted(pump=1, bound_ml=3000, why="power"))
    return scribe


def test_sums_follow_a_correction(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(correction())
    scribe.sell(2, 1000)
    scribe.say(GrantClosed(grant_no=1, spent_ml=3500, why="recalled"))
    scribe.seal()
    result = judged(scribe.write(tmp_path / "a.jsonl"))
    assert result.findings.kept == []
    tally = result.total
    assert tally.sold["pertamax"].volume_ml == tally.spent_ml == 3500
    assert (tally.estimated_fills, tally.estimated_ml, tally.unmetered_ml) == (0, 0, 0)
    assert tally.unexplained_ml == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"sale": f"{INCARNATION}-2"},
        {"volume_ml": 999, "returned_ml": 3001, "returned": [Charge(1, 3001)]},
        {"returned_ml": 1400},
        {"amount_idr": 1},
        {"returned": []},
    ],
)
def test_a_correction_that_does_not_fit_is_found(
    scribe: Scribe, tmp_path: Path, changes: dict[str, Any]
) -> None:
    scribe.say(correction(**changes))
    scribe.seal()
    (found,) = judged(scribe.write(tmp_path / "a.jsonl")).findings.kept
    assert found.code == "sale_corrected"


def test_twice_is_once_too_often(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(correction(), correction())
    scribe.seal()
    (found,) = judged(scribe.write(tmp_path / "a.jsonl")).findings.kept
    assert found.code == "sale_corrected"
