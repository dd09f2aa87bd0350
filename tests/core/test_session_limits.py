"""Where a fill stops, to the pulse."""

import pytest

from gateway.core.actions import OpenValve, RecordRefusal, Reserve, ShutValve, Tell
from gateway.core.reasons import Reason
from gateway.core.session import State
from gateway.core.valve import Contact, StopAt
from tests.core.bench import SUBJECT, UID, Bench, dispensing, make_rules, reserving


@pytest.mark.parametrize(("pulses", "litres", "pulse_ml"), [(1, 1, 1000), (7, 3, 429)])
def test_a_stop_that_no_pulse_fits_into_is_refused(pulses: int, litres: int, pulse_ml: int) -> None:
    bench = reserving(Bench(make_rules(pulses, litres), stop_ml=pulse_ml - 1))
    assert bench.state is State.REFUSED
    assert bench.session.fill is None
    assert bench.actions == [
        RecordRefusal(Reason.LIMIT_FILL, UID, SUBJECT.subject),
        Tell(Reason.LIMIT_FILL),
    ]


@pytest.mark.parametrize(("pulses", "litres", "pulse_ml"), [(1, 1, 1000), (7, 3, 429)])
@pytest.mark.parametrize("start", range(7))
def test_a_stop_of_one_pulse_opens_for_one_pulse(
    pulses: int, litres: int, pulse_ml: int, start: int
) -> None:
    bench = Bench(make_rules(pulses, litres), stop_ml=pulse_ml)
    bench.meter(start)
    dispensing(bench)
    assert bench.actions == [OpenValve(StopAt(start + 1), Contact.ENABLE)]


@pytest.mark.parametrize("over", [0, 1])
def test_the_fill_ends_at_the_limit_and_not_a_pulse_before(over: int) -> None:
    bench = dispensing(Bench(stop_ml=1000))
    limit = bench.session.limit_pulses
    assert limit == 100
    bench.now_ns += 10**10
    assert bench.meter(limit - 1) == []
    assert bench.state is State.DISPENSING
    assert bench.meter(1 + over) == [ShutValve()]
    assert bench.session.the_fill.ended_by == "limit_fill"


@pytest.mark.parametrize(("pulses", "asks"), [(149, False), (150, True), (151, True)])
def test_more_is_reserved_once_half_a_chunk_is_used(pulses: int, asks: bool) -> None:
    bench = dispensing(Bench(stop_ml=20_000))
    assert bench.session.limit_pulses == 300
    bench.now_ns += 10**10
    actions = bench.meter(pulses)
    bound_ml = bench.session.rules.dosing.stop_bound_ml
    wanted = pulses * 10 + 3000 + bound_ml
    assert actions == ([Reserve(bench.session.the_fill, wanted, pulses * 10)] if asks else [])


def test_a_top_up_never_reserves_beyond_the_stop() -> None:
    bench = dispensing(Bench(stop_ml=3500))
    bench.now_ns += 10**10
    (reserve,) = bench.meter(200)
    assert isinstance(reserve, Reserve)
    assert reserve.reserved_ml == 3500 + bench.session.rules.dosing.stop_bound_ml
    bench.durable()
    assert bench.session.limit_pulses == 350
    assert bench.meter(149, after_ns=10**10) == []


def test_a_late_top_up_shuts_the_valve() -> None:
    bench = dispensing(Bench(stop_ml=20_000))
    bench.now_ns += 10**10
    bench.meter(200)
    assert bench.meter(100, after_ns=10**10) == [ShutValve()]
    assert bench.session.the_fill.ended_by == "reservation_late"
