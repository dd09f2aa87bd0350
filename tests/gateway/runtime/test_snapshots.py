"""What local readers and central's live view are shown of the pumps."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from gateway.core.decision import Allowed
from gateway.core.facts import SaleRefused
from gateway.core.open_session import OpenSession
from gateway.core.reasons import Fault, Reason
from gateway.runtime.look_up import LookUp
from gateway.runtime.open_declarations import OpenDeclarations
from gateway.runtime.recent import Recent
from gateway.runtime.snapshots import Snapshots
from gateway.runtime.status import EVERY_S, Snapshot
from mqtt.messages import Live
from mqtt.payloads import decode, encode
from tests.gateway.runtime.counter import Counter
from tests.gateway.runtime.forecourt import Forecourt
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import CAR, POLICY, UID
from tests.gateway.runtime.test_overriding import CEILINGS, SUPERVISOR
from tests.gateway.store.samples import SUBJECT


class Link:
    why = "connected"
    acknowledged_through = 3

    def __init__(self) -> None:
        self.sent: list[Live] = []

    def live(self, live: Live) -> None:
        self.sent.append(live)


class Watched:
    """Snapshots of one pump, on a machine clock that the test moves."""

    def __init__(self, office: Office, *, linked: bool = True) -> None:
        office.open()
        self.office = office
        self.counter = Counter()
        self.link = Link()
        self.published: list[Snapshot] = []
        self.now_s = 50.0
        look_up = LookUp(office.books)
        self.recent = Recent(look_up.plate, look_up.left_ml)
        network: Any = self.link if linked else None
        self.snapshots = Snapshots(
            "kupang-01",
            {1: self.counter.desk},
            books=office.books,
            keeper=office.keeper,
            wall=office.wall,
            network=network,
            publish=self.published.append,
            recent=self.recent,
            signing_in={1: True}.__contains__,
            pairing={1: "471122"}.get,
            declarations=OpenDeclarations(office.books, LookUp(office.books)),
            now_s=lambda: self.now_s,
        )

    def turn(self, after_s: float = EVERY_S) -> None:
        self.now_s += after_s
        self.snapshots.turn()


@pytest.fixture
def watched(office: Office) -> Watched:
    return Watched(office)


def test_an_idle_pump(watched: Watched) -> None:
    watched.turn()
    (taken,) = watched.published
    (pump,) = taken.pumps
    assert (taken.gateway, taken.time) == ("kupang-01", "2026-11-22T04:00:00.000Z")
    assert (taken.link, taken.acknowledged_through, taken.online) == ("connected", 3, False)
    assert (taken.head, taken.blocked) == (watched.office.ledger.head.sequence, None)
    assert (pump.state, pump.code, pump.product) == ("idle", "ready", "pertamax")
    assert (pump.volume_ml, pump.stop_ml, pump.remaining_ml, pump.fault) == (0, None, None, None)
    assert (pump.subject, pump.plate, pump.totaliser_ml) == (None, None, 0)


def test_a_fill_in_progress(watched: Watched) -> None:
    watched.counter.flowing(120)
    watched.turn()
    (pump,) = watched.published[-1].pumps
    assert (pump.state, pump.code) == ("dispensing", "authorised")
    assert (pump.subject, pump.plate) == (SUBJECT, "DH 1001 A")
    assert (pump.volume_ml, pump.amount_idr, pump.totaliser_ml) == (1200, 15_540, 1200)
    assert (pump.stop_ml, pump.remaining_ml) == (20_000, 38_800)


def test_more_than_the_quota_is_never_shown_as_less_than_nothing(watched: Watched) -> None:
    watched.counter.flowing(120)
    fill = watched.counter.desk.session.the_fill
    assert isinstance(fill.allowed, Allowed)
    allowed = replace(fill.allowed, remaining_ml=1000)
    watched.counter.desk.session = msgspec.structs.replace(
        watched.counter.desk.session, fill=msgspec.structs.replace(fill, allowed=allowed)
    )
    assert watched.snapshots.take().pumps[0].remaining_ml == 0


def test_trouble_is_shown(watched: Watched) -> None:
    watched.counter.pump.broken = {"read"}
    watched.counter.run(1)
    watched.office.books.stoppage.block(Reason.LEDGER_FORKED)
    taken = watched.snapshots.take()
    assert (taken.blocked, taken.pumps[0].state) == ("ledger_forked", "faulted")
    assert (taken.pumps[0].fault, taken.pumps[0].code) == (Fault.PUMP_SILENT.value, "pump_fault")


def test_a_disk_without_room_or_time_is_shown_before_anybody_taps(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    books, slow = watched.office.books, [True]
    books.stoppage.watch_store(lambda: slow[0])
    taken = watched.snapshots.take()
    assert (taken.blocked, taken.pumps[0].code) == ("storage_slow", "storage_slow")
    slow[0] = False
    books.stoppage.store_blocked(Reason.STORAGE_FAILED)
    watched.turn()
    assert watched.link.sent[-1].pumps[0].code == "storage_failed"
    books.stoppage.store_blocked(None)
    assert watched.snapshots.take().pumps[0].code == "ready"
    assert "no pump sells: storage_slow" in caplog.text
    assert "the pumps sell again, storage_failed has ended" in caplog.text


def test_at_most_five_a_second_are_published(watched: Watched) -> None:
    for _ in range(100):
        watched.turn(after_s=1 / 16)
    assert 31 <= len(watched.published) <= 32  # of 6.25 s


def test_central_is_told_only_what_changes(watched: Watched) -> None:
    watched.turn()
    watched.turn()
    assert len(watched.link.sent) == 1
    watched.counter.hand.reader.lay(UID)
    watched.counter.run(0.5)
    watched.turn()
    watched.turn()
    assert [live.pumps[0].state for live in watched.link.sent] == ["idle", "authorised"]
    assert decode("live", encode(watched.link.sent[-1])) == watched.link.sent[-1]


def test_without_a_link_local_readers_are_served_all_the_same(
    office: Office,
) -> None:
    watched = Watched(office, linked=False)
    watched.turn()
    (taken,) = watched.published
    assert (taken.link, taken.acknowledged_through) == ("no ledger to deliver", 0)
    assert watched.link.sent == []


def test_what_a_display_needs_of_a_fill(watched: Watched) -> None:
    watched.counter.flowing(120)
    watched.turn()
    taken = watched.published[-1]
    (pump,) = taken.pumps
    assert (pump.price_idr_per_l, pump.nozzle_lifted, pump.pairing) == (
        12_950,
        True,
        "471122",
    )
    assert pump.signing_in
    assert (pump.until, pump.ended_by) == ("2026-11-30T15:59:59.999Z", None)
    assert (taken.clock, taken.told) == ("good", watched.office.allocation.time)
    watched.counter.nozzle(lifted=False)
    watched.turn()
    assert watched.published[-1].pumps[0].ended_by == "nozzle_hung"


def test_since_when_the_link_is_up_or_down(watched: Watched) -> None:
    watched.turn()
    began = watched.published[-1].link_since
    watched.office.clock.now_ns += 5_000_000_000
    watched.turn()
    assert watched.published[-1].link_since == began
    watched.office.books.online = True
    watched.turn()
    assert watched.published[-1].link_since == watched.office.wall.now() != began


def test_the_last_sale_and_the_last_refusal(watched: Watched) -> None:
    office = watched.office
    fill = office.fill()
    office.reserve(fill, 20_000)
    sale = office.sell(fill, 12_000)
    watched.recent.committed(list(office.ledger.every_entry()))
    watched.turn()
    last = watched.published[-1].pumps[0].last_sale
    assert last is not None
    assert (last.sale, last.plate, last.volume_ml) == (sale.sale, "DH 1001 A", sale.volume_ml)
    assert (last.amount_idr, last.ended_by) == (sale.amount_idr, "nozzle_hung")
    assert last.left_ml == 40_000 - sale.volume_ml
    office.reserve(office.fill(), 20_000)
    row = office.books.rows[1]
    assert isinstance(row, OpenSession)
    look_up = LookUp(office.books)
    assert look_up.left_ml(SUBJECT, row.sale) == last.left_ml, "its own reservation is over"
    assert look_up.left_ml(SUBJECT, sale.sale) < last.left_ml, "another's is not"
    office.till.note_fact(
        SaleRefused(pump=1, code="limit_day", card=UID, subject=SUBJECT),
    )
    office.settle()
    watched.recent.committed(list(office.ledger.every_entry()))
    watched.turn()
    refusal = watched.published[-1].pumps[0].last_refusal
    assert refusal is not None
    assert (refusal.code, refusal.plate) == ("limit_day", "DH 1001 A")
    assert UID not in repr(watched.published[-1]), "which card it was, the ledger alone says"


def test_a_pump_that_is_calibrated_says_whose_card_it_waits_for(watched: Watched) -> None:
    due = watched.office.books.due

    def code() -> str | None:
        (pump,) = watched.snapshots.take().pumps
        return pump.code

    due.draws.update({1, 2})
    assert code() == "calibration_draw"
    due.nothing(1)
    assert code() == "ready"
    due.acceptances.add(1)
    assert code() == "calibration_accept"


def test_what_a_console_needs_for_its_forms(office: Office) -> None:
    required = msgspec.structs.replace(CAR, meter_policy="required", meter="hours")
    office.open(required, SUPERVISOR, CEILINGS)
    forecourt = Forecourt(office)
    snapshots = Snapshots(
        "kupang-01",
        {1: forecourt.desk},
        books=office.books,
        keeper=office.keeper,
        wall=office.wall,
        network=None,
        declarations=OpenDeclarations(office.books, LookUp(office.books)),
        publish=lambda _: None,
        recent=Recent(lambda _: None, lambda *_: 0),
        signing_in=lambda _: False,
        pairing=lambda _: None,
    )
    forecourt.desk.choose(20_000)
    (idle,) = snapshots.take().pumps
    assert (idle.asks, idle.unit, idle.armed, idle.preset_ml) == (None, None, None, 20_000)
    forecourt.tap()
    (asks,) = snapshots.take().pumps
    assert (asks.asks, asks.unit, asks.tries_left) == ("reading", "h/10", POLICY.meter_tries)
    forecourt.tap()
    forecourt.tap(SUPERVISOR.uid)
    (armed,) = snapshots.take().pumps
    assert armed.armed == forecourt.desk.armed is not None
