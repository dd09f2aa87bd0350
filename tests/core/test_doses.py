"""A fill that ends where it was said: foreseen by the driver, learned from, counted to the end."""

import pytest

from gateway.core.actions import Decide, KeepLags, OpenValve, RecordSale, ShutValve
from gateway.core.decision import Allowed, Drawing
from gateway.core.events import (
    CardPresented,
    DecisionAllowed,
    DecisionDenied,
    Metered,
    NozzleHung,
    NozzleLifted,
    OverrideArmed,
    PresetChosen,
    SaleRecorded,
)
from gateway.core.lag import LEAST_US, SCATTER_US
from gateway.core.reasons import Fault, Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.core.valve import Stopped
from tests.core.bench import CARD, OTHER_UID, PRICE, SUBJECT, UID, Bench, allow, deciding

RATE_MHZ = 100_000
LAG_US = 200_000


def dosed(bench: Bench, stop_ml: int = 1000) -> Bench:
    allowed = Allowed(CARD, SUBJECT, PRICE, stop_ml, Reason.PRESET, 50_000, dosed=True)
    deciding(bench).send(DecisionAllowed(allowed))
    bench.durable()
    bench.send(NozzleLifted())
    return bench


def foreseen(bench: Bench, at_millipulses: int, why: str = "dose") -> None:
    """The driver has shut by itself, between two pulses."""
    count = at_millipulses // 1000
    stopped = Stopped(why, at_millipulses, RATE_MHZ)
    bench.send(Metered(count, False, False, stopped), 2 * NS_PER_S)


def settled(bench: Bench, count: int) -> list[object]:
    stopped = bench.session.stopped
    bench.send(Metered(count, False, False, stopped), NS_PER_S // 5)
    return list(bench.wake())


def test_a_foreseen_end_is_the_fills_own_and_what_still_flows_is_sold() -> None:
    bench = dosed(Bench())
    foreseen(bench, 80_000)
    assert bench.actions == [ShutValve()]
    assert (bench.state, bench.session.the_fill.ended_by) == (State.SETTLING, "preset")
    *_, sale = settled(bench, 101)
    assert isinstance(sale, RecordSale)
    assert sale.volume_ml == 1010


def test_long_after_opening_contacts_that_the_driver_broke_for_a_dose_are_no_fault() -> None:
    bench = dosed(Bench())
    foreseen(bench, 80_000)
    assert bench.session.fault is None


@pytest.mark.parametrize(("count", "lag_us"), [(100, 200_000), (105, 250_000), (82, LEAST_US)])
def test_each_stop_teaches_the_shortest_lag_that_explains_the_count(
    count: int, lag_us: int
) -> None:
    bench = dosed(Bench())
    foreseen(bench, 80_000)
    kept = settled(bench, count)[0]
    assert isinstance(kept, KeepLags)
    assert kept.lags.samples[-1] == (lag_us,)
    bench.send(SaleRecorded())
    bench.send(NozzleHung())
    opened = dosed(bench).actions
    told = next(a for a in opened if isinstance(a, OpenValve)).stop_at
    assert dict(told.lags)[max(dict(told.lags))] == max(lag_us - SCATTER_US, LEAST_US)


@pytest.mark.parametrize(
    ("why", "named"),
    [
        ("lease", "limiter_lease"),
        ("boot", "limiter_boot"),
        ("nozzle", "nozzle_hung"),
        ("stop", "emergency_stop"),
    ],
)
def test_another_end_teaches_nothing_and_is_named(why: str, named: str) -> None:
    bench = dosed(Bench())
    foreseen(bench, 80_000, why)
    assert bench.session.the_fill.ended_by == named
    assert not [a for a in settled(bench, 100) if isinstance(a, KeepLags)]


def test_a_stop_of_the_fill_before_teaches_nothing() -> None:
    bench = Bench()
    bench.meter(90, after_ns=NS_PER_S)
    dosed(bench)
    foreseen(bench, 90_000)
    assert not [a for a in settled(bench, 91) if isinstance(a, KeepLags)]


def test_a_valve_that_does_not_slow_down_locks_the_pump() -> None:
    bench = dosed(Bench())
    foreseen(bench, 50_000, "not_slow")
    assert (bench.state, bench.session.fault) == (State.FAULTED, Fault.VALVE_NOT_SLOW)
    assert bench.session.the_fill.ended_by == "valve_not_slow"


def test_what_was_chosen_waits_for_the_card_that_may_fill() -> None:
    bench = Bench()
    bench.send(PresetChosen(5000))
    bench.send(CardPresented("04AABBCC"))
    bench.send(OverrideArmed("04AABBCC"))
    assert bench.send(CardPresented(OTHER_UID)) == [Decide(OTHER_UID, "04AABBCC", preset_ml=5000)]
    bench.send(DecisionDenied(Reason.LIMIT_DAY, None))
    assert bench.send(CardPresented(UID)) == [Decide(UID, preset_ml=5000)]
    bench.send(DecisionAllowed(allow()))
    assert bench.session.preset_ml == 5000  # until its reservation is on disk
    bench.durable()
    assert bench.session.preset_ml is None


def test_what_is_chosen_while_a_card_is_looked_up_is_for_the_next_one() -> None:
    bench = Bench()
    bench.send(PresetChosen(5000))
    bench.send(CardPresented(UID))
    bench.send(PresetChosen(7000))
    bench.send(DecisionAllowed(allow()))
    bench.durable()
    assert bench.session.preset_ml == 7000


def test_a_draw_into_a_test_can_leaves_it_alone() -> None:
    bench = Bench()
    bench.send(PresetChosen(5000))
    bench.send(CardPresented(UID))
    bench.send(DecisionAllowed(Drawing(CARD, 25_000)))
    bench.durable()
    assert bench.session.preset_ml == 5000
