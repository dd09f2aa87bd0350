"""A draw into a test can: opened by a technician's card alone, bounded, and charged to nobody."""

import msgspec
import pytest

from gateway.core import actions as a
from gateway.core.decision import Denied, Drawing
from gateway.core.events import ReservationDurable, SaleRecorded
from gateway.core.facts import CalibrationDrawn, CounterReading
from gateway.core.facts.calibration import MOST_DRAWN_ML
from gateway.core.open_draw import OpenDraw
from gateway.core.reasons import Reason
from gateway.core.session import Fill
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import TECHNICIAN, TECHNICIAN_UID, UID
from tests.gateway.store.samples import SUBJECT


def drawing(office: Office) -> Drawing:
    office.books.due.draws.add(1)
    decision, subject = office.books.decide(office.desk, TECHNICIAN_UID)
    assert isinstance(decision, Drawing)
    assert subject is None
    return decision


def fill(office: Office) -> Fill:
    return Fill(drawing(office), office.desk.session.pulses_total, office.clock.now_ns)


def end(office: Office, fill: Fill, volume_ml: int) -> None:
    office.desk.count(volume_ml // 10)
    ended = msgspec.structs.replace(fill, opened=True, end_pulses=office.desk.session.pulses_total)
    office.till.record_sale(office.desk, a.RecordSale(ended, volume_ml, "nozzle_hung"))
    office.settle()


def test_a_technicians_card_opens_no_valve_unless_a_draw_was_asked_for(office: Office) -> None:
    office.open()
    assert office.books.decide(office.desk, TECHNICIAN_UID)[0] == Denied(Reason.UNKNOWN_CARD)
    office.books.due.draws.add(2)
    assert office.books.decide(office.desk, TECHNICIAN_UID)[0] == Denied(Reason.UNKNOWN_CARD)
    assert drawing(office).card == TECHNICIAN


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("lost", Reason.CARD_LOST),
        ("blocked", Reason.UNKNOWN_CARD),
        ("replaced", Reason.UNKNOWN_CARD),
    ],
)
def test_a_technicians_card_that_is_not_good_opens_none(
    office: Office, status: str, code: Reason
) -> None:
    office.open(
        msgspec.convert({**msgspec.to_builtins(TECHNICIAN), "status": status}, type(TECHNICIAN))
    )
    office.books.due.draws.add(1)
    assert office.books.decide(office.desk, TECHNICIAN_UID)[0] == Denied(code)


def test_a_vehicles_card_is_served_as_ever(office: Office) -> None:
    office.open()
    office.books.due.draws.add(1)
    assert not isinstance(office.books.decide(office.desk, UID)[0], Drawing)


def test_with_its_stop_bound_a_draw_stays_within_25_litres(office: Office) -> None:
    office.open()
    bound_ml = office.desk.session.rules.dosing.final_bound_ml
    assert drawing(office).stop_ml + bound_ml == MOST_DRAWN_ML
    assert not drawing(office).dosed


def test_it_is_on_disk_before_it_opens_and_reserves_of_no_grant(office: Office) -> None:
    books = office.open()
    begun = fill(office)
    office.reserve(begun, 4_000)
    assert office.desk.heard == [ReservationDurable(4_000)]
    (row,) = office.ledger.open_sessions()
    assert isinstance(row, OpenDraw)
    assert (row.card, row.bound_ml, row.metered_ml, row.reserved) == (TECHNICIAN_UID, 4_000, 0, [])
    office.reserve(begun, 9_000, 3_000)
    (more,) = office.ledger.open_sessions()
    assert more == msgspec.structs.replace(row, bound_ml=9_000, metered_ml=3_000)
    assert books.remaining_ml(SUBJECT) == 40_000


def test_it_is_recorded_as_a_draw_and_charged_to_nobody(office: Office) -> None:
    books = office.open()
    office.desk.count(5)  # strayed before it
    begun = fill(office)
    office.reserve(begun, 21_000)
    end(office, begun, 20_240)
    kind, data = office.newest()
    assert kind == "calibration.drawn"
    found = msgspec.convert(data, CalibrationDrawn)
    assert (found.volume_ml, found.unseen_ml, found.estimated) == (20_240, 0, False)
    assert (found.totaliser_start_ml, found.totaliser_end_ml) == (50, 20_290)
    assert (found.card, found.ended_by) == (TECHNICIAN_UID, "nozzle_hung")
    assert office.desk.heard[-1] == SaleRecorded()
    assert office.ledger.open_sessions() == []
    assert books.rows == {}
    assert books.remaining_ml(SUBJECT) == 40_000
    assert books.balance.totaliser_ml[1] == 20_290
    assert office.sales == []


def test_each_draw_is_asked_for_anew(office: Office) -> None:
    office.open()
    begun = fill(office)
    office.reserve(begun, 21_000)
    end(office, begun, 20_000)
    assert office.books.decide(office.desk, TECHNICIAN_UID)[0] == Denied(Reason.UNKNOWN_CARD)


def test_one_that_drew_nothing_leaves_no_entry_and_is_still_asked_for(office: Office) -> None:
    office.open()
    begun = fill(office)
    office.reserve(begun, 4_000)
    head = office.ledger.head.sequence
    office.till.release(office.desk, a.Release(msgspec.structs.replace(begun, end_pulses=0)))
    office.settle()
    assert (office.ledger.head.sequence, office.ledger.open_sessions()) == (head, [])
    assert drawing(office)


def test_a_co_processor_that_lost_its_power_leaves_a_bound(office: Office) -> None:
    office.open()
    office.desk._counts_from = CounterReading("pico.1", 700)
    begun = fill(office)
    office.reserve(begun, 21_000)
    office.desk._counts_from = CounterReading("pico.2", 0)
    end(office, begun, 5_000)
    found = msgspec.convert(office.newest()[1], CalibrationDrawn)
    assert (found.volume_ml, found.unseen_ml, found.estimated) == (5_000, 16_000, True)
    assert (found.counter_start, found.counter_end) == (CounterReading("pico.1", 700), None)
