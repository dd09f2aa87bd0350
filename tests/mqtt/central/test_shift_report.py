"""Closed shifts, as central has them from the ledgers."""

from typing import Any

from gateway.core.facts import ShiftClosed
from gateway.core.shift import closing, opening
from mqtt.central.shift_report import closed_shifts
from tests.core.ledger_of import balance_of
from tests.core.shifts import sold
from tests.gateway.store.samples import grant


def closed() -> ShiftClosed:
    opened = opening(balance_of().shift, "Ama", {1: 0})
    return closing(balance_of(grant(1), opened, sold(1, 2_500)).shift, "Beni", {1: 2_500})


def test_each_closing_is_listed_with_its_sums(office: Any) -> None:
    for teller in (office.second, office.first):
        teller.tell(closed())
        teller.append("shift.closed", {"number": 0})
        office.handle(teller.ledger())
    with office.engine.connect() as connection:
        found = closed_shifts(connection, month="2026-07")
        assert [(one.gateway, one.sequence, one.volume_ml, one.amount_idr) for one in found] == [
            ("depot-1", 1, 2_500, 32_375),
            ("depot-2", 1, 2_500, 32_375),
        ]
        assert found[0].shift == closed()
        assert closed_shifts(connection, month="2026-08") == []
        assert len(closed_shifts(connection, gateway="depot-2")) == 1
