"""A recall while a card is at the pump: whoever comes first to the disk wins, and nobody twice."""

import pytest

from gateway.core import actions as a
from gateway.core.events import ReservationDurable, StoreFailed
from gateway.core.facts import Charge, GrantClosed, GrantReported
from gateway.core.reasons import Reason
from gateway.core.units import NS_PER_S
from gateway.runtime.jobs import Job
from gateway.runtime.upkeep import EVERY_NS, Upkeep
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import grant
from tests.gateway.store.samples import SUBJECT, TIME

DECEMBER = "2026-12-02T04:00:00.000Z"
"""By central's word."""


def recall(office: Office, *grant_nos: int) -> None:
    """As from the link: judged in the writer's thread, after what was submitted before."""

    def answer() -> None:
        facts = office.holdings.taken_up([], grant_nos)
        entries = office.keeper.commit(Job(facts=[(fact, TIME) for fact in facts]))
        office.keeper.answer(lambda: office.keeper.tell_committed(entries))

    office.keeper.run(answer)


def said(office: Office) -> list[object]:
    """The last words of the ledger about grants."""
    kinds = {"grant.closed": GrantClosed, "grant.reported": GrantReported}
    return [
        kinds[entry.type](**entry.data)
        for entry in office.ledger.every_entry()
        if entry.type in kinds
    ]


def test_a_recall_that_comes_first_refuses_the_reservation(office: Office) -> None:
    office.open()
    recall(office, 1)
    office.reserve(office.fill(), 4000)  # the loop has not heard of it
    assert office.desk.heard == [StoreFailed(Reason.QUOTA_EXHAUSTED)]
    assert office.rows == office.books.rows == {}
    assert said(office) == [GrantClosed(grant_no=1, spent_ml=0, why="recalled")]


def test_another_grant_serves_instead(office: Office) -> None:
    office.open(grant(2))
    recall(office, 1)
    office.reserve(office.fill(), 4000)
    assert office.desk.heard == [ReservationDurable(4000)]
    assert office.rows[1].reserved == [Charge(2, 4000)]


def test_grants_that_go_again_and_again_are_not_waited_for(office: Office) -> None:
    office.open(grant(2), grant(3))
    recall(office, 1)
    office.till.reserve(office.desk, a.Reserve(office.fill(), 4000, 0))
    recall(office, 2)
    office.settle()
    # The second try may itself be late; it is the last one.
    assert office.desk.heard in ([ReservationDurable(4000)], [StoreFailed(Reason.QUOTA_EXHAUSTED)])
    assert all(charge.grant_no == 3 for row in office.rows.values() for charge in row.reserved)


def test_a_reservation_that_comes_first_is_reported(office: Office) -> None:
    office.open()
    fill = office.fill()
    office.till.reserve(office.desk, a.Reserve(fill, 4000, 0))
    recall(office, 1)
    office.settle()
    assert office.desk.heard == [ReservationDurable(4000)]
    assert said(office) == [GrantReported(grant_no=1, spent_ml=0, reserved_ml=4000)]
    office.reserve(fill, 6500, metered_ml=2000)
    assert office.desk.heard[-1] == StoreFailed(Reason.QUOTA_EXHAUSTED)
    office.sell(fill, 3500)
    assert said(office)[1:] == [GrantClosed(grant_no=1, spent_ml=3500, why="recalled")]
    assert office.books.remaining_ml(SUBJECT) == 0


def test_a_top_up_under_way_takes_nothing_from_a_recalled_grant(office: Office) -> None:
    office.open(grant(2))
    fill = office.fill()
    office.reserve(fill, 4000)
    recall(office, 1)
    office.reserve(fill, 6500, metered_ml=2000)
    assert office.desk.heard[-1] == ReservationDurable(6500)
    assert office.rows[1].reserved == [Charge(1, 4000), Charge(2, 2500)]
    assert office.sell(fill, 5000).charges == [Charge(1, 4000), Charge(2, 1000)]
    assert said(office)[1:] == [GrantClosed(grant_no=1, spent_ml=4000, why="recalled")]


@pytest.fixture
def upkeep(office: Office) -> Upkeep:
    office.open(*(grant(number) for number in range(2, 121)))
    return Upkeep(office.holdings, office.keeper, office.wall, office.clock)


def closes(office: Office, upkeep: Upkeep) -> int:
    """After one turn of the loop."""
    upkeep.turn()
    office.settle()
    return len(said(office))


def test_expired_grants_are_closed_in_small_batches(office: Office, upkeep: Upkeep) -> None:
    assert closes(office, upkeep) == 0
    office.wall.witness(DECEMBER)
    assert closes(office, upkeep) == 0  # not due yet
    office.clock.now_ns += EVERY_NS
    assert [closes(office, upkeep) for _ in range(5)] == [50, 100, 120, 120, 120]
    assert office.books.balance.account(SUBJECT).grants == ()
    assert GrantClosed(grant_no=120, spent_ml=0, why="expired") in said(office)


@pytest.mark.parametrize("known", ["2026-11-29T04:00:00.000Z", "2066-01-01T00:00:00.000Z"])
def test_nothing_expires_by_this_machines_clock(office: Office, upkeep: Upkeep, known: str) -> None:
    """Be it in doubt, or good by a ledger that knew no better."""
    office.wall.witness(TIME)
    office.clock.utc_offset_ns += 10 * 24 * 3600 * NS_PER_S
    assert closes(office, upkeep) == 0
    office.wall.began(known)
    office.clock.now_ns += EVERY_NS
    assert closes(office, upkeep) == 0


def test_a_grant_does_not_expire_under_a_fill(office: Office, upkeep: Upkeep) -> None:
    fill = office.fill()
    office.reserve(fill, 4000)
    office.wall.witness(DECEMBER)
    assert [closes(office, upkeep) for _ in range(3)] == [50, 100, 119]
    office.reserve(fill, 6500, metered_ml=2000)
    assert office.sell(fill, 5000).charges == [Charge(1, 5000)]
    office.clock.now_ns += EVERY_NS
    assert closes(office, upkeep) == 120
    assert said(office)[-1] == GrantClosed(grant_no=1, spent_ml=5000, why="expired")


def test_what_a_full_disk_refused_is_closed_later(
    office: Office, upkeep: Upkeep, full_disk: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.wall.witness(DECEMBER)
    assert callable(full_disk)
    full_disk("ledger")
    assert closes(office, upkeep) == 0
    monkeypatch.undo()
    office.clock.now_ns += EVERY_NS
    assert closes(office, upkeep) == 50
