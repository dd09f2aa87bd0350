"""An auditor adds each shift up anew, and finds one that says something else."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.core.accounts import Balance
from gateway.core.balance import fold
from gateway.core.facts import Part, ShiftClosed, ShiftOpened
from gateway.core.log import Entry
from gateway.core.shift import closing, opening
from tests.core.ledger_of import WITA
from tests.gateway.audit.scribe import Scribe, judged
from tests.gateway.store.samples import refusal


def turn(scribe: Scribe, **wrong: Any) -> None:
    """Open or close a shift, as is due; `wrong` fields are put in the place of right ones."""
    entries = [msgspec.convert(entry, Entry) for entry in scribe.entries]
    shift = fold(Balance(WITA), entries).shift
    fact: ShiftOpened | ShiftClosed
    fact = (opening if shift.begun is None else closing)(shift, "Ama", {1: scribe.meter(), 2: 0})
    for name, value in wrong.items():
        owner, _, field = name.partition("__")
        if field:
            value = msgspec.structs.replace(getattr(fact, owner), **{field: value})
        fact = msgspec.structs.replace(fact, **{owner: value})
    scribe.say(fact)
    scribe.seal()


@pytest.fixture
def scribe() -> Scribe:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    turn(scribe)
    scribe.sell(2, 3_000)
    scribe.say(refusal(1))
    return scribe


def test_right_shifts_are_right(scribe: Scribe, tmp_path: Path) -> None:
    for _ in range(3):
        turn(scribe)
    result = judged(scribe.write(tmp_path / "a.jsonl"))
    assert result.findings.kept == []
    assert result.total.shifts == 2


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"totals__sold": []}, "shift_totals"),
        ({"totals__refusals": []}, "shift_totals"),
        ({"totals__estimated": Part(count=1, volume_ml=1)}, "shift_totals"),
        ({"number": 2}, "shift_order"),
        ({"opened_at": 5}, "shift_order"),
        ({"opened_by": "Beni"}, "shift_order"),
        ({"readings": [{"pump": 1, "start_ml": 999, "end_ml": 4_000}]}, "shift_readings"),
        ({"readings": [{"pump": 1, "start_ml": 1_000, "end_ml": 3_999}]}, "shift_reading"),
    ],
)
def test_a_wrong_one_is_found(
    scribe: Scribe, tmp_path: Path, wrong: dict[str, Any], code: str
) -> None:
    if "readings" in wrong:
        wrong = {
            "readings": msgspec.convert(wrong["readings"], ShiftClosed.__annotations__["readings"])
        }
    turn(scribe, **wrong)
    (found,) = judged(scribe.write(tmp_path / "a.jsonl")).findings.kept
    assert (found.kind, found.code) == ("shift", code)


def test_across_a_pruning_it_is_the_checkpoints(scribe: Scribe, tmp_path: Path) -> None:
    checkpoint = scribe.checkpoint(7)
    turn(scribe)
    path = scribe.write(tmp_path / "a.jsonl", 8, checkpoint=checkpoint)
    assert judged(path).findings.kept == []
    scribe.say(refusal(2))
    turn(scribe, since__refusals=[])
    path = scribe.write(tmp_path / "b.jsonl", 8, checkpoint=checkpoint)
    (found,) = judged(path).findings.kept
    assert found.code == "shift_totals"


def test_without_what_came_before_only_what_follows_is_judged(
    scribe: Scribe, tmp_path: Path
) -> None:
    turn(scribe)
    scribe.say(refusal(2))
    turn(scribe, since__refusals=[])
    found = judged(scribe.write(tmp_path / "a.jsonl", 8)).findings.kept
    assert [one.code for one in found] == ["shift_totals"]
