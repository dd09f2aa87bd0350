"""A voucher's number once, whichever gateway enters it: the second one is odd, and charged too."""

from typing import Any

from sqlalchemy import select

from gateway.core.facts import VoucherEntered
from mqtt.central.report_tables import anomalies, sales
from tests.mqtt.central.city import SUBJECTS
from tests.mqtt.central.teller import Teller


def enter(teller: Teller, serial: str) -> None:
    sold = teller.sell(2_000, mode="voucher", card=None, totaliser_end_ml=None, metered_ml=0)
    teller.tell(
        VoucherEntered(
            serial=serial,
            sale=sold.data["sale"],
            pump=1,
            subject=SUBJECTS[0],
            volume_ml=2_000,
            sold=sold.time,
            by="Ama",
        )
    )


def odd(office: Any) -> list[tuple[str, str]]:
    with office.engine.connect() as connection:
        found = connection.execute(select(anomalies.c.gateway, anomalies.c.what))
        return [(row.gateway, row.what) for row in found]


def test_a_number_that_another_gateway_has_entered_is_odd(office: Any) -> None:
    enter(office.first, "A-1")
    enter(office.first, "A-2")
    office.handle(office.first.ledger())
    assert odd(office) == []
    enter(office.second, "A-3")
    enter(office.second, "A2")
    office.handle(office.second.ledger())
    ((gateway, what),) = odd(office)
    assert gateway == "depot-2"
    assert f"A2 of 2000 ml was entered before, by depot-1 at {office.first.incarnation}/4" in what
    with office.engine.connect() as connection:
        assert connection.scalars(select(sales.c.volume_ml)).all() == [2_000] * 4


def test_the_same_entry_twice_is_no_second_voucher(office: Any) -> None:
    enter(office.first, "A-1")
    for _ in range(2):
        office.handle(office.first.ledger())
    assert odd(office) == []
