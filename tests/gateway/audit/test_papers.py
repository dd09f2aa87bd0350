"""An auditor finds each voucher's sale, and its number a second time."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.core.facts import Charge, VoucherEntered
from tests.core.third_parties import said, tapped
from tests.gateway.audit.scribe import Scribe, judged
from tests.gateway.store.samples import INCARNATION, SUBJECT, TIME, refusal, sale


def given(number: int, **changes: Any) -> VoucherEntered:
    fact = VoucherEntered(
        serial=f"A-{number}",
        sale=f"{INCARNATION}-{number}",
        pump=1,
        subject=SUBJECT,
        volume_ml=5_000,
        sold=TIME,
        by="Ama",
    )
    return replace(fact, **changes)


def pay(scribe: Scribe, number: int) -> None:
    """The sale that a voucher becomes."""
    paid = sale(number, Charge(1, 4_000), overrun_ml=1_000)
    scribe.say(replace(paid, mode="voucher", card=None, metered_ml=0, totaliser_end_ml=None))
    scribe.seal()


@pytest.fixture
def scribe() -> Scribe:
    scribe = Scribe()
    scribe.begin()
    scribe.sell(1)
    pay(scribe, 2)
    return scribe


def test_a_voucher_moves_no_meter_and_is_counted_once(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(given(2))
    scribe.sell(3)
    result = judged(scribe.write(tmp_path / "a.jsonl"))
    assert result.findings.kept == []
    tally = result.total
    assert (tally.vouchers, tally.vouchered_ml, tally.declared_ml) == (1, 5_000, 0)
    assert tally.sold["pertamax"].volume_ml == 7_000
    assert tally.unexplained_ml == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"sale": f"{INCARNATION}-1"}, "voucher_sale"),
        ({"volume_ml": 4_999}, "voucher_sale"),
        ({"subject": "dh-2002-b"}, "voucher_sale"),
        ({"sold": "2026-11-22T04:00:00.001Z"}, "voucher_sale"),
        ({"pump": 2}, "voucher_sale"),
    ],
)
def test_another_sale_than_its_own_is_found(
    scribe: Scribe, tmp_path: Path, wrong: dict[str, Any], code: str
) -> None:
    scribe.say(given(2, **wrong))
    (found,) = judged(scribe.write(tmp_path / "a.jsonl")).findings.kept
    assert found.code == code


def test_a_sale_without_its_voucher_is_found(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(refusal(1))
    (found,) = judged(scribe.write(tmp_path / "a.jsonl")).findings.kept
    assert found.code == "paper_missing"


def test_a_number_twice_is_found_also_across_a_pruning(scribe: Scribe, tmp_path: Path) -> None:
    scribe.say(given(2))
    through = len(scribe.entries)
    pay(scribe, 3)
    scribe.say(given(3, serial="A-2"))
    for first in (1, through + 1):
        checkpoint = scribe.checkpoint(through) if first > 1 else None
        path = scribe.write(tmp_path / f"{first}.jsonl", first, checkpoint=checkpoint)
        (found,) = judged(path).findings.kept
        assert (found.kind, found.code) == ("sale", "voucher_twice")


@pytest.mark.parametrize("kept", [{}, {"A2": 7, "A9": 6}])
def test_a_checkpoint_names_the_numbers_that_were_entered(
    scribe: Scribe, tmp_path: Path, kept: dict[str, int]
) -> None:
    scribe.say(given(2))
    through = len(scribe.entries)
    scribe.seal()
    scribe.write(tmp_path / "0.jsonl", 1, through)
    scribe.sell(3)
    lies = scribe.checkpoint(through, vouchers=kept)
    scribe.write(tmp_path / "1.jsonl", through + 1, checkpoint=lies)
    assert [one.code for one in judged(tmp_path).findings.kept] == ["voucher_differs"]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [({}, []), ({"volume_ml": 4_999}, ["declared_sale"]), ({"pump": 2}, ["declared_sale"])],
)
def test_a_receipt_says_what_its_sale_says(
    tmp_path: Path, changes: dict[str, Any], codes: list[str]
) -> None:
    scribe = Scribe()
    scribe.begin()
    tap = tapped(1)
    sold, receipt = said(tap, 5_000)
    scribe.say(tap, sold, replace(receipt, **changes))
    scribe.seal()
    result = judged(scribe.write(tmp_path / "a.jsonl"))
    assert [one.code for one in result.findings.kept] == codes
    assert result.total.declared_ml == 5_000
    scribe.say(replace(receipt, receipt_no="A-2"))
    (*_, last) = judged(scribe.write(tmp_path / "b.jsonl")).findings.kept
    assert last.code == "declared_sale"
