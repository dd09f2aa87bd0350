"""A nozzle that may still be in somebody's tank opens for nobody else."""

from collections.abc import Sequence

from gateway.core.actions import OpenValve
from gateway.core.events import (
    CardPresented,
    DecisionAllowed,
    EmergencyReleased,
    EmergencyStopped,
    NozzleHung,
    NozzleLifted,
    SaleRecorded,
)
from gateway.core.session import State
from tests.core.bench import Bench, allow, authorised, reserving, settling

OTHER = "04B1B2B3B4B5B6"


def opens(actions: Sequence[object]) -> bool:
    return any(isinstance(action, OpenValve) for action in actions)


def next_driver(bench: Bench) -> Bench:
    """Another card, allowed and reserved, while nobody touched the nozzle."""
    if bench.state is State.IDLE:
        bench.send(CardPresented(OTHER))
    bench.send(DecisionAllowed(allow(uid=OTHER)))
    assert not opens(bench.durable())
    assert bench.state is State.AUTHORISED
    return bench


def recorded(bench: Bench) -> Bench:
    bench.meter(after_ns=3_000_000_000)
    bench.wake() if bench.state is State.SETTLING else None
    bench.send(SaleRecorded())
    return bench


def test_the_next_cards_fuel_does_not_flow_where_the_last_nozzle_is() -> None:
    bench = next_driver(recorded(settling(Bench())))
    assert not opens(bench.send(NozzleHung()))
    assert opens(bench.send(NozzleLifted()))


def test_nor_when_the_next_card_waited_while_the_last_sale_settled() -> None:
    bench = settling(Bench())
    bench.send(CardPresented(OTHER))
    next_driver(recorded(bench))


def test_a_lift_that_is_told_twice_opens_nothing() -> None:
    bench = next_driver(recorded(settling(Bench())))
    assert not opens(bench.send(NozzleLifted()))


def test_a_nozzle_lifted_before_the_tap_opens_at_once() -> None:
    bench = Bench()
    bench.send(NozzleLifted())
    assert opens(reserving(bench).durable())


def test_a_nozzle_out_of_its_holster_at_an_emergency_stop_must_hang_first() -> None:
    bench = Bench()
    bench.send(NozzleLifted())
    bench.send(EmergencyStopped())
    bench.send(EmergencyReleased())
    assert not opens(reserving(bench).durable())
    bench.send(NozzleHung())
    assert opens(bench.send(NozzleLifted()))


def test_a_hung_nozzle_at_an_emergency_stop_need_not() -> None:
    bench = Bench()
    bench.send(EmergencyStopped())
    bench.send(EmergencyReleased())
    assert opens(authorised(bench).send(NozzleLifted()))
