"""Fuel that passes while no session has the valve open."""

import pytest

from gateway.core.actions import Action, RecordSale, RecordUnauthorised
from gateway.core.events import SaleRecorded, StopRequested
from gateway.core.units import NS_PER_S
from tests.core.bench import (
    Bench,
    Reach,
    authorised,
    deciding,
    faulted,
    handed_over,
    make_rules,
    recording,
    settling,
    stopped,
)


def idle(bench: Bench) -> Bench:
    return bench


def strays(actions: list[Action]) -> list[int]:
    return [a.volume_ml for a in actions if isinstance(a, RecordUnauthorised)]


@pytest.mark.parametrize(
    ("per_litre", "volume_ml", "written"), [(101, 99, False), (100, 100, True), (99, 101, True)]
)
def test_a_tenth_of_a_litre_is_written_down(per_litre: int, volume_ml: int, written: bool) -> None:
    bench = Bench(make_rules(per_litre))
    actions = bench.meter(10)
    assert strays(actions) == ([volume_ml] if written else [])
    assert bench.session.stray_ml == (0 if written else volume_ml)


@pytest.mark.parametrize("reach", [idle, deciding, authorised, recording, faulted, stopped])
def test_in_every_state_without_an_open_valve(reach: Reach) -> None:
    bench = reach(Bench())
    assert strays(bench.meter(9)) == []
    assert strays(bench.meter(1)) == [100]
    assert strays(bench.meter(10)) == [100]


def test_what_drips_before_the_valve_opens_is_not_the_fills() -> None:
    bench = authorised(Bench())
    bench.meter(5)
    bench.send(StopRequested("attendant"))
    assert bench.session.stray_ml == 50
    assert bench.session.delivered_ml == 0


def test_what_drips_while_settling_is_the_fills_and_later_is_not() -> None:
    bench = settling(Bench(), 50)
    bench.meter(3, after_ns=NS_PER_S)
    (sale,) = handed_over(bench.wake())
    assert isinstance(sale, RecordSale)
    assert sale.volume_ml == 530
    bench.meter(4)
    assert (bench.session.stray_ml, bench.session.delivered_ml) == (40, 530)
    bench.send(SaleRecorded())
    assert bench.session.stray_ml == 40


def test_a_count_that_falls_is_a_drivers_mistake() -> None:
    bench = Bench()
    bench.meter(2)
    with pytest.raises(ValueError, match="the count fell from 2 to 1"):
        bench.meter(-1)
