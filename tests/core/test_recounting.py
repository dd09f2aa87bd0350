"""What a co-processor's count at a start says: exact fills, corrections, unauthorised flow."""

import pytest
from msgspec.structs import replace

from gateway.core.comparing import with_counter
from gateway.core.facts import (
    Charge,
    CounterReading,
    Fact,
    FlowUnauthorised,
    SaleCompleted,
    SaleCorrected,
    TotaliserDrifted,
    TotaliserRead,
)
from gateway.core.meters import NEW
from gateway.core.recounting import counted_through, settled_at_start, taken_ml
from gateway.core.recovery import close_counted, close_estimated
from gateway.core.units import Calibration
from tests.core.ledger_of import balance_of, then
from tests.gateway.store.samples import SUBJECT, grant, sale, session

RATIO = Calibration(100)
"""A pulse is 10 ml."""
PERIOD = "2026-11"
NOW = "2026-11-22T04:00:00.000Z"


def at(pulses: int, run: str = "pico.7") -> CounterReading:
    return CounterReading(run, pulses)


def read(pulses: int, run: str = "pico.7") -> TotaliserRead:
    return TotaliserRead(pump=1, counter=at(pulses, run), totaliser_ml=10_000, why="start")


OPEN = replace(
    session(5, Charge(1, 1_000), Charge(2, 3_000), metered_ml=1_500), counter_start=at(200)
)
ESTIMATED = close_estimated(
    OPEN, boot=2, uptime_ms=1, clock="good", counted=False, single_channel=False
)


@pytest.mark.parametrize(
    ("now", "ml"),
    [
        (at(200 + 231), 2_310),
        (at(200 + 150), 1_500),
        (at(200 + 400), 4_000),
        (at(200 + 401), 4_000),  # beyond what was reserved: it leaked
        (at(200 + 149), None),  # less than was metered: another count
        (at(200 + 231, "pico.8"), None),
        (None, None),
    ],
)
def test_an_open_fill_took_what_the_same_run_counted(now: CounterReading | None, ml: int) -> None:
    assert taken_ml(OPEN, now, RATIO) == ml


def test_without_a_reading_at_its_start_a_fill_is_not_exact() -> None:
    assert taken_ml(session(5), at(431), RATIO) is None


def test_an_exact_sale_is_no_estimate_and_none_is_nothing() -> None:
    (fact,) = close_counted(OPEN, 2_310, at(431), boot=2, uptime_ms=1, clock="good")
    assert isinstance(fact, SaleCompleted)
    assert (fact.volume_ml, fact.metered_ml, fact.estimated) == (2_310, 2_310, False)
    assert fact.charges == [Charge(1, 1_000), Charge(2, 1_310)]
    assert fact.totaliser_end_ml == OPEN.totaliser_start_ml + 2_310
    assert close_counted(OPEN, 0, at(200), boot=2, uptime_ms=1, clock="good") == []


def test_a_count_goes_through_only_in_one_run() -> None:
    assert counted_through(None, None)
    assert counted_through(at(1), at(9))
    assert not counted_through(at(1), at(9, "pico.8"))
    assert not counted_through(at(1), None)


def settled(*facts: Fact, now: CounterReading) -> list[Fact]:
    balance = balance_of(grant(1), grant(2), *facts)
    return settled_at_start(
        1,
        balance.meters.get(1, NEW),
        now,
        RATIO,
        totaliser_ml=balance.totaliser_ml.get(1, 0),
        tolerance_ml=200,
    )


def test_a_first_start_only_reads() -> None:
    assert settled(now=at(777)) == [
        TotaliserRead(pump=1, counter=at(777), totaliser_ml=0, why="start")
    ]


def test_what_flowed_meanwhile_is_unauthorised() -> None:
    sold = replace(sale(1, Charge(1, 2_000), totaliser_start_ml=10_000), counter_end=at(400))
    flow, again = settled(read(200), sold, now=at(417, "pico.9"))
    assert flow == FlowUnauthorised(
        pump=1, volume_ml=170, totaliser_end_ml=12_170, counter_end=at(417, "pico.9")
    )
    assert isinstance(again, TotaliserRead)
    assert again.totaliser_ml == 12_170
    assert len(settled(read(200), sold, now=at(400))) == 1


@pytest.mark.parametrize("run", ["spare.7", "spare.1", "pico.2.7"])
@pytest.mark.parametrize("pulses", [0, 199, 417, 50_000_000])
def test_another_counter_says_nothing_of_what_flowed(run: str, pulses: int) -> None:
    """A new one, one that was tested on a bench, or the other pump's by a swapped plug."""
    (again,) = settled(read(200), now=at(pulses, run))
    assert isinstance(again, TotaliserRead)
    assert (again.why, again.counter) == ("replaced", at(pulses, run))
    balance = balance_of(grant(1), read(200), again)
    flow, _ = settled(read(200), again, now=at(pulses + 17, run))
    assert isinstance(flow, FlowUnauthorised), "from there on it counts"
    assert flow.volume_ml == 170
    assert balance.totaliser_ml == balance_of(grant(1), read(200)).totaliser_ml


def test_a_count_that_fell_is_an_alarm() -> None:
    drift, _ = settled(read(2_000), now=at(5))
    assert isinstance(drift, TotaliserDrifted)
    assert (drift.counted_ml, drift.recorded_ml, drift.against) == (0, 0, "counter")
    assert len(settled(read(20), now=at(0))) == 1  # within tolerance


def test_a_later_reading_corrects_an_estimate_with_a_counter_entry() -> None:
    facts = [read(200), *ESTIMATED]
    correction, _ = settled(*facts, now=at(200 + 231))
    assert isinstance(correction, SaleCorrected)
    assert (correction.volume_ml, correction.returned_ml) == (2_310, 1_690)
    assert correction.returned == [Charge(2, 1_690)]
    assert correction.totaliser_end_ml == OPEN.totaliser_start_ml + 2_310
    before = balance_of(grant(1), grant(2), *facts)
    after = then(before, correction)
    left = [b.remaining_ml(SUBJECT, NOW, PERIOD) for b in (before, after)]
    assert left == [80_000 - 4_000, 80_000 - 2_310]
    days = [balance.account(SUBJECT).day for balance in (before, after)]
    assert [day.volume_ml for day in days if day] == [4_000, 2_310]
    # Once.
    meter, now = after.meters[1], at(431)
    more = settled_at_start(1, meter, now, RATIO, totaliser_ml=12_310, tolerance_ml=200)
    assert [type(fact) for fact in more] == [TotaliserRead]


def test_an_estimate_returns_from_the_last_grant_first_and_never_below_what_was_metered() -> None:
    correction, _ = settled(read(200), *ESTIMATED, now=at(200))
    assert isinstance(correction, SaleCorrected)
    assert correction.volume_ml == OPEN.metered_ml
    assert correction.returned == [Charge(2, 2_500)]


def test_what_is_beyond_an_estimate_leaked() -> None:
    flow, again = settled(read(200), *ESTIMATED, now=at(200 + 430))
    assert isinstance(flow, FlowUnauthorised)
    assert (flow.volume_ml, flow.totaliser_end_ml) == (300, 14_300)
    assert isinstance(again, TotaliserRead)


def test_another_run_corrects_nothing() -> None:
    (again,) = settled(read(200), *ESTIMATED, now=at(431, "pico.8"))
    assert isinstance(again, TotaliserRead)


def test_a_fill_in_between_ends_the_correction() -> None:
    later = replace(sale(6, Charge(1, 100)), counter_end=at(500))
    (again,) = settled(read(200), *ESTIMATED, later, now=at(500))
    assert isinstance(again, TotaliserRead)


def test_a_closed_grant_keeps_what_it_was_charged() -> None:
    from tests.core.ledger_of import closed

    facts = [grant(1), grant(2), read(200), *ESTIMATED]
    correction, _ = settled(*facts[2:], now=at(431))
    balance = then(balance_of(*facts), closed(2, 3_000), correction)
    assert balance.grant(2) is None
    assert balance.remaining_ml(SUBJECT, NOW, PERIOD) == 40_000 - 1_000


@pytest.mark.parametrize(
    ("pulses", "pending_ml", "drifted"),
    [(600, 0, False), (620, 0, False), (621, 0, True), (621, 90, False), (579, 0, True)],
)
def test_drift_is_what_no_entry_explains(pulses: int, pending_ml: int, drifted: bool) -> None:
    flow = FlowUnauthorised(pump=1, volume_ml=1_000, totaliser_end_ml=0)
    meter = balance_of(grant(1), read(200), sale(1, Charge(1, 3_000)), flow).meters[1]
    found = with_counter(meter, at(pulses), RATIO, tolerance_ml=200, pending_ml=pending_ml)
    assert found is not None
    assert found.drifted == drifted
