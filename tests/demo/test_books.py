"""Litres in three places: what is added to what, and what the page says of it."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.demo.page.books import Litres, Recorded, add

EVEN = Litres(
    dispensed_ml=5_000,
    recorded_ml=5_000,
    paper_ml=0,
    central_ml=5_000,
    unsold_ml=0,
    open_ml=0,
    undeclared_ml=0,
    waiting=0,
    estimated=0,
)


def sale(volume_ml: int, mode: str = "valve", *, estimated: bool = False) -> dict[str, Any]:
    return {"volume_ml": volume_ml, "mode": mode, "estimated": estimated}


def test_a_ledger_is_added_up() -> None:
    sums = Recorded()
    for kind, data in (
        ("gateway.booted", {}),
        ("sale.completed", sale(2_500)),
        ("sale.completed", sale(9_000, estimated=True)),
        ("sale.corrected", {"returned_ml": 4_000}),
        ("sale.completed", sale(20_000, "voucher")),
        ("sale.completed", sale(30_000, "authorise_only")),
        ("flow.unauthorised", {"volume_ml": 150}),
        ("flow.bypassed", {"volume_ml": 1_000}),
        ("calibration.drawn", {"volume_ml": 20_000}),
    ):
        add(sums, kind, data)
    assert sums == Recorded(volume_ml=57_500, paper_ml=20_000, declared_ml=30_000, unsold_ml=21_150)
    add(sums, "sale.completed", sale(1_000, estimated=True))
    assert sums.estimated == 1


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({}, "equal", "agree"),
        ({"waiting": 4}, "equal", "agree"),
        ({"open_ml": 1_230, "dispensed_ml": 6_230}, "open", "1,23 L of a fill"),
        ({"recorded_ml": 7_000}, "waiting", "central is reading"),
        ({"recorded_ml": 7_000, "waiting": 3}, "waiting", "3 entries wait"),
        ({"dispensed_ml": 6_000}, "open", "the gateway is counting"),
        (
            {"recorded_ml": 7_290, "central_ml": 7_290, "estimated": 1},
            "estimated",
            "2,29 L more are charged than flowed",
        ),
        ({"unsold_ml": 150, "dispensed_ml": 5_150}, "equal", "agree"),
        (
            {"paper_ml": 20_000, "recorded_ml": 25_000, "central_ml": 25_000},
            "equal",
            "agree",
        ),
        ({"dispensed_ml": 7_000, "undeclared_ml": 2_000}, "open", "2,00 L of the third party"),
        (
            {"recorded_ml": 8_000, "central_ml": 8_000, "undeclared_ml": -3_000},
            "estimated",
            "3,00 L more are declared",
        ),
    ],
)
def test_what_is_said(changes: dict[str, int], kind: str, said: str) -> None:
    found = replace(EVEN, **changes).verdict(gateway=True)
    assert found[0] == kind
    assert said in found[1]


def test_without_a_gateway_nobody_can_write_it_down() -> None:
    kind, said = replace(EVEN, dispensed_ml=6_000).verdict(gateway=False)
    assert kind == "open"
    assert "waits for a gateway" in said
