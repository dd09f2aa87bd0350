"""An auditor follows each tap at a third party's pump to its receipt."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.audit.result import Result
from gateway.core.declaring import cancelled
from gateway.core.facts import Charge, Fact, GrantClosed
from tests.core.third_parties import said, tapped
from tests.gateway.audit.scribe import Scribe, judged

FIRST, SECOND = tapped(1), tapped(2, Charge(1, 20_000), subject="dh-1001-a")


def judge(folder: Path, *facts: Fact) -> Result:
    scribe = Scribe()
    scribe.begin()
    scribe.say(*facts)
    scribe.seal()
    return judged(scribe.write(folder / "a.jsonl"))


def codes(folder: Path, *facts: Fact) -> list[str]:
    return [one.code for one in judge(folder, *facts).findings.kept]


def test_a_rush_declared_at_its_end_is_sound(tmp_path: Path) -> None:
    result = judge(
        tmp_path,
        FIRST,
        SECOND,
        tapped(3, Charge(2, 5_000)),
        *said(SECOND, 20_000, "A-2"),
        cancelled(tapped(3, Charge(2, 5_000)), "Ama", "no fuel there"),
        *said(FIRST, 15_000, "A-1"),
        tapped(4, Charge(2, 30_000)),
    )
    assert result.findings.kept == []
    total = result.total
    assert (total.declared_ml, total.beyond_ml) == (35_000, 0)
    assert (total.undeclared, total.undeclared_ml) == (1, 30_000)


def test_more_than_was_reserved_is_no_fault_of_the_ledger_and_is_counted(tmp_path: Path) -> None:
    sold = said(FIRST, 65_000, more=[Charge(1, 20_000), Charge(2, 15_000)])
    result = judge(tmp_path, FIRST, *sold)
    assert result.findings.kept == []
    assert (result.total.beyond_ml, result.total.overrun_ml) == (45_000, 10_000)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ([FIRST, FIRST], ["reserved_twice"]),
        ([FIRST, cancelled(FIRST, "Ama", ""), FIRST], ["reserved_twice"]),
        (said(FIRST, 1_000), ["declared_unreserved"]),
        ([FIRST, *said(FIRST, 1_000), *said(FIRST, 1_000, "A-2")], ["sale_twice", "declared_un*"]),
        ([FIRST, cancelled(FIRST, "Ama", ""), *said(FIRST, 9)], ["declared_unreserved"]),
        ([cancelled(FIRST, "Ama", "")], ["cancelled_unreserved"]),
        ([FIRST, cancelled(tapped(1, Charge(1, 19_999)), "Ama", "")], ["cancelled_other"]),
        ([FIRST, SECOND, tapped(3, Charge(1, 1))], ["reserved_exceeds"]),
        ([tapped(1, Charge(1, 40_001))], ["reserved_exceeds"]),
        ([FIRST, GrantClosed(grant_no=1, spent_ml=0, why="recalled")], ["closed_reserved"]),
        ([FIRST, *said(FIRST, 9), SECOND, *said(SECOND, 9)], ["receipt_twice"]),
    ],
)
def test_what_cannot_be_is_found(tmp_path: Path, facts: list[Fact], found: list[str]) -> None:
    kept = codes(tmp_path, *facts)
    assert len(kept) == len(found)
    for code, expected in zip(kept, found, strict=True):
        assert code.startswith(expected.rstrip("*"))


@pytest.mark.parametrize(
    "changes",
    [
        {"card": "04B1B2C3D4E5F6"},
        {"started": "2026-11-22T05:00:00.000Z"},
        {"product": "dexlite"},
        {"department": "bkad"},
        {"override_by": "0499AA77"},
    ],
)
def test_a_sale_is_the_one_that_was_tapped_for(tmp_path: Path, changes: dict[str, Any]) -> None:
    sale, receipt = said(FIRST, 9_000)
    receipt = replace(receipt, started=changes.get("started", receipt.started))
    unsaid = ["override_unsaid"] if "override_by" in changes else []
    found = codes(tmp_path, FIRST, replace(sale, **changes), receipt)
    assert found == [*unsaid, "declared_other"]


@pytest.mark.parametrize("changes", [{"station": "spbu-1"}, {"reserved_ml": 19_999}])
def test_a_receipt_is_of_the_pump_that_was_tapped_at(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    sale, receipt = said(FIRST, 9_000)
    assert codes(tmp_path, FIRST, sale, replace(receipt, **changes)) == ["declared_other"]


@pytest.mark.parametrize(
    ("volume_ml", "charges", "overrun_ml"),
    [
        (9_000, [Charge(2, 9_000)], 0),
        (9_000, [Charge(1, 8_000)], 1_000),
        (25_000, [Charge(1, 19_000), Charge(2, 6_000)], 0),
        (25_000, [Charge(2, 5_000)], 20_000),
    ],
)
def test_what_was_reserved_is_taken_first(
    tmp_path: Path, volume_ml: int, charges: list[Charge], overrun_ml: int
) -> None:
    sale, receipt = said(FIRST, volume_ml)
    sale = replace(sale, charges=charges, overrun_ml=overrun_ml)
    assert codes(tmp_path, FIRST, sale, receipt) == ["declared_charges"]


def test_another_fill_does_not_take_what_is_reserved(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.begin()
    scribe.say(tapped(1, Charge(1, 30_000)))
    scribe.sell(2, 10_000)
    scribe.sell(3, 1)
    (found,) = judged(scribe.write(tmp_path / "a.jsonl")).findings.kept
    assert (found.kind, found.code) == ("sale", "reserved_exceeds")


def test_it_is_followed_across_a_pruning(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.begin()
    scribe.say(FIRST, SECOND, *said(SECOND, 20_000, "A-2"))
    scribe.seal()
    through = len(scribe.entries)
    scribe.write(tmp_path / "0.jsonl", 1, through)
    scribe.say(*said(FIRST, 15_000, "A-2"))
    scribe.seal()
    part = scribe.write(tmp_path / "1.jsonl", through + 1, checkpoint=scribe.checkpoint(through))
    for files in (part, tmp_path):
        assert [one.code for one in judged(files).findings.kept] == ["receipt_twice"]


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ({"reservations": {}}, "reservation_differs"),
        ({"receipts": {}}, "receipt_differs"),
    ],
)
def test_a_checkpoint_says_what_is_open(tmp_path: Path, lie: dict[str, Any], code: str) -> None:
    scribe = Scribe()
    scribe.begin()
    scribe.say(FIRST, SECOND, *said(SECOND, 20_000, "A-2"))
    scribe.seal()
    through = len(scribe.entries)
    scribe.write(tmp_path / "0.jsonl", 1, through)
    scribe.sell(3, grant_no=2)
    lies = scribe.checkpoint(through, **lie)
    scribe.write(tmp_path / "1.jsonl", through + 1, checkpoint=lies)
    assert [one.code for one in judged(tmp_path).findings.kept] == [code]


def test_a_part_without_its_beginning_does_not_know_the_taps_before(tmp_path: Path) -> None:
    scribe = Scribe()
    scribe.begin()
    scribe.say(FIRST, SECOND)
    scribe.seal()
    through = len(scribe.entries)
    scribe.say(*said(FIRST, 15_000), cancelled(SECOND, "Ama", ""))
    scribe.seal()
    assert judged(scribe.write(tmp_path / "a.jsonl", through + 1)).findings.kept == []
