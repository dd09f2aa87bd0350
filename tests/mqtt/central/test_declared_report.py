"""What central knows of third parties' pumps: declared, odd, and not declared yet."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from gateway.core.declaring import cancelled
from gateway.core.facts import Charge, SaleDeclared
from mqtt.central.declared_report import declared_at, undeclared_at
from mqtt.central.invoices import compare
from mqtt.central.report_tables import anomalies, sales
from tests.core.third_parties import STATION, said, tapped
from tests.mqtt.central.city import SUBJECTS

JULY = "2026-07"


def test_what_a_station_s_sales_were_is_in_the_ledgers(office: Any) -> None:
    sold = office.first.sell(2_000, mode="authorise_only", totaliser_end_ml=None, metered_ml=0)
    for station in ("spbu-1", "spbu-2"):
        office.first.tell(
            SaleDeclared(
                sale=sold.data["sale"],
                pump=3,
                station=station,
                receipt_no="A-1",
                subject=sold.data["subject"],
                volume_ml=2_000,
                reserved_ml=30_000,
                started="2026-06-30T16:00:00.000Z",
                first_by="Ama",
                second_by="Beni",
            )
        )
    office.first.append("sale.declared", {"station": "spbu-1"})
    office.handle(office.first.ledger())
    with office.engine.connect() as connection:
        (found,) = declared_at(connection, "spbu-1", ZoneInfo("Asia/Makassar"))
    assert (found.receipt_no, found.volume_ml, found.month) == ("A-1", 2_000, JULY)
    assert (found.gateway, found.sale) == ("depot-1", sold.data["sale"])


def test_more_than_was_reserved_is_odd_and_charged(office: Any) -> None:
    tap = tapped(1, Charge(1, 2_000), subject=SUBJECTS[0])
    office.first.tell(tap)
    for fact in said(tap, 2_500, more=[Charge(1, 500)]):
        office.first.tell(fact)
    office.handle(office.first.ledger())
    with office.engine.connect() as connection:
        odd = connection.scalars(select(anomalies.c.what)).all()
        assert connection.scalars(select(sales.c.volume_ml)).all() == [2_500]
    assert [one for one in odd if "500 ml beyond what was reserved" in one]


def test_taps_of_the_month_that_nobody_declared_are_listed(office: Any) -> None:
    taps = [
        tapped(number, Charge(1, 1_000), started=started, subject=SUBJECTS[0])
        for number, started in enumerate(
            ("2026-06-30T15:59:59.999Z", *["2026-06-30T16:00:00.000Z"] * 3), start=1
        )
    ]
    taps.append(tapped(5, Charge(1, 1_000), station="spbu-9", subject=SUBJECTS[0]))
    _, _, declared, given_up, _ = taps
    for tap in taps:
        office.first.tell(tap)
    for fact in (*said(declared, 1_000), cancelled(given_up, "Ama", "")):
        office.first.tell(fact)
    office.handle(office.first.ledger())
    with office.engine.connect() as connection:
        found = undeclared_at(connection, STATION, ZoneInfo("Asia/Makassar"))
    assert [(one.sale, one.month) for one in found] == [
        (taps[0].sale, "2026-06"),
        (taps[1].sale, JULY),
    ]
    (unfit,) = compare([], [], JULY, found)
    assert (unfit.why, unfit.receipt_no) == ("undeclared", "")
    assert taps[1].sale in unfit.where
