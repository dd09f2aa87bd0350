"""How long central has been silent: by the clock while it is good, else by what surely passed."""

from pathlib import Path

import pytest

from gateway.core.clock import NS_PER_DAY
from gateway.core.decision import Allowed, Denied
from gateway.core.reasons import Reason
from gateway.runtime.hearing import Hearing
from gateway.runtime.shelf import Shelf
from gateway.runtime.wall import WallClock
from gateway.store.ledger import Ledger
from tests.gateway.runtime.devices import HandClock, hand_wall
from tests.gateway.runtime.office import Office
from tests.gateway.runtime.samples import POLICY, UID
from tests.gateway.store.samples import GATEWAY, TIME, refusal, sale
from tests.power.place import PRIVATE, config_of, make_place

LATER, MUCH_LATER = "2026-11-23T04:00:00.000Z", "2026-11-24T04:00:00.000Z"


def hearing(last: str | None) -> tuple[HandClock, WallClock, Hearing]:
    clock = HandClock()
    wall = hand_wall(clock)
    return clock, wall, Hearing(clock, wall, last)


def test_what_was_heard_before_this_boot_ages_by_the_clock() -> None:
    clock, _, heard = hearing("2026-11-12T04:00:00.001Z")
    assert heard.days() == 9
    clock.now_ns += 1_000_000
    assert heard.days() == 10
    clock.utc_offset_ns -= 20 * NS_PER_DAY
    assert heard.days() == 0


def test_in_doubt_only_what_passed_since_the_start_counts() -> None:
    for last in ("2026-11-01T04:00:00.000Z", None):
        clock, wall, heard = hearing(last)
        wall.witness("2026-12-22T04:00:00.000Z")
        assert heard.days() == 0
        clock.now_ns += 3 * NS_PER_DAY - 1
        assert heard.days() == 2
        clock.now_ns += 1
        assert heard.days() == 3


def test_what_is_heard_now_ages_whatever_the_clock_does() -> None:
    clock, _, heard = hearing("2026-11-01T04:00:00.000Z")
    heard.heard()
    clock.utc_offset_ns += 50 * NS_PER_DAY
    assert heard.days() == 0
    clock.now_ns += NS_PER_DAY
    assert heard.days() == 1


def test_a_gateway_that_central_has_forgotten_sells_no_more_until_it_speaks(
    office: Office,
) -> None:
    books = office.open()
    days_ns = POLICY.offline_days * NS_PER_DAY
    # The machine's time stands, so that the month does not end.
    office.clock.now_ns, office.clock.utc_offset_ns = (
        office.clock.now_ns + days_ns,
        office.clock.utc_offset_ns - days_ns,
    )
    assert books.decide(office.desk, UID)[0] == Denied(Reason.ALLOCATION_EXPIRED)
    books.hearing.heard()
    assert isinstance(books.decide(office.desk, UID)[0], Allowed)


@pytest.mark.parametrize(("acknowledged", "last"), [(0, TIME), (1, LATER), (2, LATER)])
def test_a_start_knows_when_central_was_last_heard(
    tmp_path: Path, acknowledged: int, last: str
) -> None:
    state = make_place(tmp_path)
    ledger = Ledger.open(state / "ledger.sqlite3", PRIVATE, gateway=GATEWAY)
    before = ledger.head.sequence
    ledger.commit([(sale(1), LATER), (refusal(1), MUCH_LATER), (sale(2), MUCH_LATER)])
    ledger.acknowledge(before + acknowledged)
    ledger.close()
    shelf = Shelf(config_of(tmp_path, state), WallClock(HandClock(), "Asia/Makassar"))
    shelf.close()
    assert shelf.last_heard == last
