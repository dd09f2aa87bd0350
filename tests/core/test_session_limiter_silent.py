"""A limiter that counts falls silent in a fill: the sale waits for its count, not for ever."""

from gateway.core.actions import RecordCleared, RecordFault, RecordSale, ShutValve
from gateway.core.events import DeviceFailed, DeviceRecovered, Metered, Woken
from gateway.core.reasons import Fault
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from tests.core.bench import Bench, flowing

SILENT = DeviceFailed(Fault.LIMITER_SILENT, "no cable")


def silenced() -> Bench:
    bench = flowing(Bench(stop_ml=5000), 50)
    actions = bench.send(SILENT)
    assert ShutValve() in actions
    assert RecordFault(Fault.LIMITER_SILENT, "no cable") in actions
    return bench


def sales(actions: list[object]) -> list[int]:
    return [action.volume_ml for action in actions if isinstance(action, RecordSale)]


def test_the_sale_waits_and_has_what_was_counted_meanwhile() -> None:
    bench = silenced()
    for _ in range(5):
        assert not sales([*bench.send(Woken(), after_ns=10 * NS_PER_S)])
    recovered = bench.send(DeviceRecovered(Fault.LIMITER_SILENT))
    assert RecordCleared(Fault.LIMITER_SILENT, "itself") in recovered
    assert not sales([*recovered])
    before = bench.session.pulses_total
    assert bench.state is State.SETTLING
    assert sales([*bench.send(Metered(before + 7, False, False))]) == [570]
    assert bench.session.fault is None


def test_one_that_is_back_before_the_fill_settled_is_waited_for_no_longer() -> None:
    bench = silenced()
    settle_ns = bench.session.rules.settle_ns
    bench.send(DeviceRecovered(Fault.LIMITER_SILENT), after_ns=NS_PER_S // 10)
    bench.send(Metered(bench.session.pulses_total + 7, False, False))
    bench.send(Metered(bench.session.pulses_total + 1, False, False), after_ns=NS_PER_S // 10)
    assert not sales([*bench.send(Woken(), after_ns=settle_ns - 1)])
    assert sales([*bench.send(Woken(), after_ns=1)]) == [580]


def test_it_does_not_wait_for_ever() -> None:
    bench = silenced()
    waited_ns = bench.session.rules.silent_ns
    assert not sales([*bench.send(Woken(), after_ns=waited_ns - 1)])
    assert sales([*bench.send(Woken(), after_ns=1)]) == [500]


def test_it_wants_to_be_woken_when_the_wait_is_over() -> None:
    bench = silenced()
    assert bench.wake_at_ns == bench.now_ns + bench.session.rules.silent_ns
