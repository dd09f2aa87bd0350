"""What a start says of flow by a bypass key that was turned while nobody was there."""

import pytest

from gateway.core.comparing import with_counter
from gateway.core.facts import (
    BypassChanged,
    CounterReading,
    Fact,
    FlowBypassed,
    FlowUncounted,
    TotaliserEntered,
    TotaliserRead,
    VoucherEntered,
)
from gateway.core.meters import NEW
from gateway.core.recounting import Keyed, settled_at_start, unseen_by_key
from tests.core.ledger_of import balance_of, then
from tests.core.test_recounting import ESTIMATED, NOW, RATIO, at, read
from tests.gateway.store.samples import grant

KEYED = Keyed("2026-11-22T03:00:00.000Z", NOW)


def test_what_flowed_while_nobody_was_there_came_by_the_key_if_that_was_turned() -> None:
    ledger = balance_of(grant(1), read(100))
    flow, newest = settled_at_start(
        1, ledger.meters[1], at(350), RATIO, totaliser_ml=10_000, tolerance_ml=200, keyed=KEYED
    )
    assert flow == FlowBypassed(
        pump=1,
        volume_ml=2_500,
        since=KEYED.since,
        until=NOW,
        unattended=True,
        totaliser_end_ml=12_500,
        counter_end=at(350),
    )
    assert isinstance(newest, TotaliserRead)
    after = then(ledger, flow)
    found = with_counter(after.meters[1], at(350), RATIO, tolerance_ml=0)
    assert found is not None
    assert found.gap_ml == 0
    assert after.totaliser_ml[1] == 12_500


@pytest.mark.parametrize(
    ("facts", "now", "stated"),
    [
        ([read(100)], at(350), False),
        ([read(100)], at(350, "pico.8"), True),
        ([read(100)], None, True),
        ([], None, True),
        ([], at(350), True),
        (ESTIMATED, at(431), False),
        (ESTIMATED, at(431, "pico.8"), True),
    ],
)
def test_where_no_counter_went_on_the_most_that_can_have_flowed_is_stated(
    facts: list[Fact], now: CounterReading | None, stated: bool
) -> None:
    meters = balance_of(grant(1), grant(2), *facts).meters
    found = unseen_by_key(
        1, meters.get(1, NEW), now, KEYED, down_ms=90_000, max_flow_ml_per_min=60_000
    )
    assert [fact.bound_ml for fact in found if isinstance(fact, FlowUncounted)] == (
        [90_000] if stated else []
    )
    assert all(isinstance(fact, FlowUncounted) and fact.bypass for fact in found)


def test_no_time_no_flow() -> None:
    assert unseen_by_key(1, NEW, None, KEYED, down_ms=0, max_flow_ml_per_min=60_000) == []


def test_a_voucher_for_what_was_counted_by_key_excuses_no_difference_of_the_dispenser() -> None:
    def given(number: int, volume_ml: int) -> VoucherEntered:
        return VoucherEntered(
            serial=f"A-{number}",
            sale=f"{'0' * 16}-{number}",
            pump=1,
            subject="dh-1001-a",
            volume_ml=volume_ml,
            sold=NOW,
            by="Ama",
        )

    entered = TotaliserEntered(
        pump=1, reading_ml=0, resolution_ml=1, replaced=False, totaliser_ml=0, by="Ama"
    )
    flow = FlowBypassed(
        pump=1, volume_ml=5_000, since=NOW, until=NOW, unattended=False, totaliser_end_ml=5_000
    )
    for papers, uncounted_ml in (([3_000], 0), ([3_000, 4_000], 2_000), ([9_000], 4_000)):
        vouchers = [given(number, volume_ml) for number, volume_ml in enumerate(papers)]
        found = balance_of(entered, flow, *vouchers).meters[1].entered
        assert found is not None
        assert found.uncounted_ml == uncounted_ml


def test_the_meter_knows_the_key_and_what_is_written_of_it() -> None:
    on = then(balance_of(), BypassChanged(pump=2, on=True))
    assert on.meters[2].bypass_since is not None
    assert on.meters[2].bypass_until == on.meters[2].bypass_since
    flow = FlowBypassed(
        pump=2, volume_ml=70, since=NOW, until=NOW, unattended=False, totaliser_end_ml=70
    )
    later = then(on, flow)
    assert later.meters[2].recorded_ml == 70
    off = then(later, BypassChanged(pump=2, on=False))
    assert off.meters[2].bypass_since is None
