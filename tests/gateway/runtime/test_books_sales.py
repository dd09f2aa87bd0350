"""Sales and notes: what the ledger says of them."""

from collections.abc import Callable

import msgspec
import pytest

from gateway.core import actions as a
from gateway.core.events import SaleRecorded, StoreFailed
from gateway.core.facts import Charge, SaleCompleted
from gateway.core.reasons import Fault, Reason
from gateway.core.units import NS_PER_S
from gateway.runtime.noting import Note
from tests.gateway.runtime.devices import START_NS
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import (
    TECHNICIAN_UID,
    UID,
)
from tests.gateway.store.samples import SUBJECT, sale


def test_a_sale_says_all_there_is_to_say(office: Office) -> None:
    books = office.open(sold=[sale(1, Charge(1, 1000), totaliser_start_ml=70_000)])
    books.online = True
    office.desk.count(5)  # strayed before the fill
    fill = office.fill()
    office.reserve(fill, 4000)
    row = office.rows[1]
    office.clock.now_ns += 40 * NS_PER_S
    sold = office.sell(fill, 3330)
    assert sold == SaleCompleted(
        sale=row.sale,
        pump=1,
        mode="valve",
        card=UID,
        subject=SUBJECT,
        department="dinas-kesehatan",
        product="pertamax",
        volume_ml=3330,
        overrun_ml=0,
        price_idr_per_l=12_950,
        price_version=3,
        amount_idr=43_124,  # 43 123.5 rounded half up
        charges=[Charge(1, 3330)],
        totaliser_start_ml=71_050,
        totaliser_end_ml=71_050 + 3330,
        metered_ml=3330,
        estimated=False,
        ended_by="nozzle_hung",
        started=row.started,
        offline=False,
        clock="good",
        boot=2,
        uptime_ms=(START_NS + 40 * NS_PER_S) // 1_000_000,
    )
    assert office.desk.heard[-1] == SaleRecorded()
    assert office.rows == books.rows == {}
    assert books.remaining_ml(SUBJECT) == 40_000 - 1000 - 3330
    assert books.totaliser_ml(1, 3380) == 71_000 + 3380
    assert books.head == office.ledger.head.sequence


def test_a_sale_is_sealed_in_its_own_commit(office: Office) -> None:
    office.open()
    fill = office.fill()
    office.reserve(fill, 4000)
    office.sell(fill, 1000)
    connection = office.ledger.connection
    assert connection.execute("SELECT MAX(sequence) FROM seals").fetchone() == (
        office.ledger.head.sequence,
    )


@pytest.mark.parametrize(
    ("volume_ml", "charged_ml", "overrun_ml"),
    [(3990, 3990, 0), (4000, 4000, 0), (4010, 4000, 10), (9000, 4000, 5000)],
)
def test_what_passed_beyond_the_reservation_is_an_overrun(
    office: Office, volume_ml: int, charged_ml: int, overrun_ml: int
) -> None:
    books = office.open()
    fill = office.fill()
    office.reserve(fill, 4000)
    sold = office.sell(fill, volume_ml, "valve_not_shut")
    assert (sold.volume_ml, sold.overrun_ml) == (volume_ml, overrun_ml)
    assert sold.charges == [Charge(1, charged_ml)]
    assert books.remaining_ml(SUBJECT) == 40_000 - volume_ml


@pytest.mark.parametrize("online", [True, False])
def test_a_sale_says_whether_central_was_there_and_the_clock_good(
    office: Office, *, online: bool
) -> None:
    books = office.open()
    books.online = online
    fill = office.fill()
    office.reserve(fill, 4000)
    office.wall.witness("2026-11-22T05:00:00.000Z")
    sold = office.sell(fill, 1000)
    assert (sold.offline, sold.clock) == (not online, "doubtful")


def test_a_sale_that_cannot_be_written_keeps_its_row(
    office: Office, full_disk: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    books = office.open()
    fill = office.fill()
    office.reserve(fill, 4000)
    full_disk("ledger")
    ended = msgspec.structs.replace(fill, opened=True, end_pulses=100)
    for _ in range(2):
        office.till.record_sale(office.desk, a.RecordSale(ended, 1000, "nozzle_hung"))
        office.settle()
        assert office.desk.heard[-1] == StoreFailed(Reason.STORAGE_FULL)
        assert books.rows[1].reserved_ml == 4000
    monkeypatch.undo()
    office.till.record_sale(office.desk, a.RecordSale(ended, 1000, "nozzle_hung"))
    office.settle()
    assert office.desk.heard[-1] == SaleRecorded()
    assert [sold.volume_ml for sold in office.sales] == [1000]


def test_an_unused_reservation_is_dropped_without_an_entry(office: Office) -> None:
    books = office.open()
    fill = office.fill()
    office.reserve(fill, 4000)
    head = office.ledger.head
    office.till.release(office.desk, a.Release(fill))
    office.settle()
    assert office.desk.heard[-1] == SaleRecorded()
    assert (office.rows, books.rows, office.ledger.head) == ({}, {}, head)
    assert books.remaining_ml(SUBJECT) == 40_000


def test_a_release_of_what_never_became_durable_is_answered_at_once(office: Office) -> None:
    office.open()
    office.till.release(office.desk, a.Release(office.fill()))
    assert office.desk.heard == [SaleRecorded()]
    assert not office.keeper.outstanding


def test_session_numbers_are_never_used_twice(office: Office) -> None:
    office.open()
    names = []
    for _ in range(3):
        fill = office.fill()
        office.reserve(fill, 4000)
        names.append(office.sell(fill, 1000).sale)
    assert len(set(names)) == 3


@pytest.mark.parametrize(
    ("action", "kind", "data"),
    [
        (
            a.RecordRefusal(Reason.CARD_LOST, UID, SUBJECT),
            "sale.refused",
            {"pump": 1, "code": "card_lost", "card": UID, "subject": SUBJECT},
        ),
        (
            a.RecordRefusal(Reason.CARD_RETRY, None),
            "sale.refused",
            {"pump": 1, "code": "card_retry", "card": None, "subject": None},
        ),
        (
            a.RecordFault(Fault.PUMP_SILENT, "x" * 300),
            "pump.faulted",
            {"pump": 1, "fault": "pump_silent", "detail": "x" * 200},
        ),
        (
            a.RecordCleared(Fault.PUMP_SILENT, TECHNICIAN_UID),
            "pump.cleared",
            {"pump": 1, "fault": "pump_silent", "by": TECHNICIAN_UID},
        ),
        (
            a.RecordUnauthorised(120),
            "flow.unauthorised",
            {"pump": 1, "volume_ml": 120, "totaliser_end_ml": 120, "counter_end": None},
        ),
    ],
)
def test_what_a_pump_notes(
    office: Office,
    action: Note,
    kind: str,
    data: dict[str, object],
) -> None:
    office.open()
    office.desk.count(12)
    office.till.note(office.desk, action)
    office.settle()
    assert office.newest() == (kind, data)
