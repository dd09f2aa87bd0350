"""Counter-entries to estimated sales: the books follow what was counted, once."""

from typing import Any

import pytest
from sqlalchemy import select

from gateway.cli.report import report_lines
from gateway.core.facts import (
    Charge,
    CounterReading,
    FlowUnauthorised,
    GrantClosed,
    SaleCorrected,
    TotaliserDrifted,
)
from gateway.core.units import amount_idr
from mqtt.central.report import make_report
from mqtt.central.report_tables import anomalies, sales
from tests.mqtt.central.city import PRICE, SUBJECTS


def correction(told: Any, volume_ml: int, **changes: Any) -> SaleCorrected:
    """Of an estimated sale as `Teller.sell` wrote it."""
    sold = told.data
    returned_ml = sold["volume_ml"] - volume_ml
    values = {
        "sale": sold["sale"],
        "pump": 1,
        "subject": SUBJECTS[0],
        "volume_ml": volume_ml,
        "returned_ml": returned_ml,
        "amount_idr": amount_idr(volume_ml, PRICE),
        "returned": [Charge(sold["charges"][0]["grant_no"], returned_ml)],
        "totaliser_end_ml": 0,
        "counter_end": CounterReading("pico.1", 9),
        "started": sold["started"],
    }
    return SaleCorrected(**(values | changes))


def books(office: Any) -> tuple[int, int, bool, int]:
    with office.engine.connect() as connection:
        sold = connection.execute(
            select(sales.c.volume_ml, sales.c.amount_idr, sales.c.estimated)
        ).one()
    return *sold, office.count()[2]


def odd(office: Any) -> list[str]:
    with office.engine.connect() as connection:
        return list(connection.scalars(select(anomalies.c.what)))


@pytest.mark.parametrize("together", [True, False])
def test_a_correction_is_taken_once(office: Any, *, together: bool) -> None:
    sold = office.first.sell(3000, estimated=True)
    if not together:
        office.handle(office.first.ledger())
    office.first.tell(correction(sold, 1800))
    office.handle(office.first.ledger())
    assert books(office) == (1800, amount_idr(1800, PRICE), False, 1800)
    assert odd(office) == []
    office.first.tell(correction(sold, 1800))
    office.handle(office.first.ledger())
    assert books(office)[0] == books(office)[3] == 1800
    assert "not counted" in odd(office)[0]


def test_a_closed_grant_waits_for_a_person(office: Any) -> None:
    sold = office.first.sell(3000, estimated=True)
    grant_no = sold.data["charges"][0]["grant_no"]
    office.first.tell(GrantClosed(grant_no=grant_no, spent_ml=3000, why="recalled"))
    office.first.tell(correction(sold, 1800))
    office.handle(office.first.ledger())
    assert books(office) == (1800, amount_idr(1800, PRICE), False, 3000)
    assert "takar grants return" in odd(office)[-1]


@pytest.mark.parametrize(
    "changes",
    [
        {"sale": "00112233445566aa-99"},
        {"returned_ml": 1},
        {"returned": []},
        {"returned_ml": 1100, "returned": [Charge(1, 1100)]},
    ],
)
def test_a_correction_that_does_not_fit_changes_nothing(
    office: Any, changes: dict[str, Any]
) -> None:
    sold = office.first.sell(3000, estimated=True)
    office.first.tell(correction(sold, 1800, **changes))
    office.handle(office.first.ledger())
    assert books(office)[0] == books(office)[3] == 3000
    assert len(odd(office)) == 1


def test_what_was_no_estimate_is_not_corrected(office: Any) -> None:
    sold = office.first.sell(3000)
    office.first.tell(correction(sold, 1800))
    office.handle(office.first.ledger())
    assert books(office)[0] == books(office)[3] == 3000


def test_a_drift_and_a_leak_are_in_the_report(office: Any) -> None:
    drift = TotaliserDrifted(
        pump=2,
        against="dispenser",
        since="2026-07-01T00:00:00.000Z",
        counted_ml=9000,
        recorded_ml=8000,
        tolerance_ml=140,
        counter=None,
    )
    told = office.first.tell(drift)
    office.first.tell(FlowUnauthorised(pump=1, volume_ml=500, totaliser_end_ml=8500))
    office.handle(office.first.ledger())
    report = make_report(office.engine, int(told.time[:4]))
    (found,), (leak,) = report.drifts, report.passed
    assert (found.gateway, found.pump, found.counted_ml) == ("depot-1", 2, 9000)
    assert (leak.gateway, leak.pump, leak.volume_ml) == ("depot-1", 1, 500)
    text = "\n".join(report_lines(report))
    assert "pump 1: 0,500 L flowed while the valve was shut; nobody's sale" in text
    assert make_report(office.engine, 1999).drifts == []
