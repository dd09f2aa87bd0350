"""Closed shifts, as central has them from the ledgers."""

from typing import Any

from sqlalchemy import insert

from gateway.core.facts import ShiftClosed
from gateway.core.shift import closing, opening
from mqtt.central.history_tables import former_ledgers
from mqtt.central.shift_report import closed_shifts, open_shifts
from tests.core.ledger_of import balance_of
from tests.core.shifts import sold
from tests.gateway.store.samples import grant, refusal


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
        assert [
            (one.gateway, one.sequence, one.shift.totals.volume_ml, one.shift.totals.amount_idr)
            for one in found
        ] == [
            ("depot-1", 1, 2_500, 32_375),
            ("depot-2", 1, 2_500, 32_375),
        ]
        assert found[0].shift == closed()
        assert closed_shifts(connection, month="2026-08") == []
        assert len(closed_shifts(connection, gateway="depot-2")) == 1


def test_an_open_one_is_added_up_as_far_as_its_ledger_has_come(office: Any) -> None:
    teller = office.first
    teller.sell(1_000)
    teller.tell(opening(balance_of().shift, "Ama", {1: 0}))
    teller.sell(2_000)
    teller.append("sale.refused", {"pump": 1})
    teller.tell(refusal(1))
    office.second.tell(closed())
    for one in (teller, office.second):
        office.handle(one.ledger())
    with office.engine.connect() as connection:
        (found,) = open_shifts(connection)
        assert open_shifts(connection, gateway="depot-2") == []
    assert (found.gateway, found.through, found.ended) == ("depot-1", 5, False)
    totals = found.shift.totals
    assert (totals.volume_ml, totals.refusals[0].count) == (2_000, 1)


def test_what_a_restored_gateways_former_shift_came_to_is_not_lost(office: Any) -> None:
    teller = office.first
    teller.tell(opening(balance_of().shift, "Ama", {1: 0}))
    teller.sell(2_000)
    office.handle(teller.ledger())
    with office.engine.begin() as connection:
        former = {"through": 2, "head": "0" * 64, "ended": "2026-07-10T05:00:00.000Z"}
        whose = {"gateway": teller.name, "incarnation": teller.incarnation}
        connection.execute(insert(former_ledgers), {**whose, **former})
        (found,) = open_shifts(connection)
    assert (found.ended, found.shift.totals.volume_ml) == (True, 2_000)
