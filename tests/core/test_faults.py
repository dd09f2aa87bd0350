"""Each fault there can be, brought about, and the one response that all of them have."""

from collections.abc import Callable
from types import MappingProxyType

import pytest

from gateway.core.actions import (
    Action,
    Decide,
    OpenValve,
    RecordCleared,
    RecordFault,
    RecordSale,
    RecordUnauthorised,
    ShutValve,
    Tell,
)
from gateway.core.events import (
    CardPresented,
    DecisionDenied,
    DeviceFailed,
    DeviceRecovered,
    Metered,
    NozzleHung,
    NozzleLifted,
    SaleRecorded,
    Woken,
)
from gateway.core.fault_table import MEANING, markdown
from gateway.core.reasons import Fault, Reason
from gateway.core.session import State
from gateway.core.units import NS_PER_S
from gateway.core.valve import Found, Stopped
from tests.core.bench import (
    OTHER_UID,
    TECHNICIAN_UID,
    Bench,
    deciding,
    dispensing,
    flowing,
    settling,
)

COUNTED = 50
"""Pulses of a fill before its trouble."""


def _reads(reach: Callable[[Bench], Bench], **contacts: bool) -> Bench:
    """A reading once every contact has had its time."""
    bench = reach(Bench())
    pulses = bench.session.pulses_total
    bench.send(Metered(pulses, contacts["enable"], contacts["limiter"]), NS_PER_S)
    return bench


def _driver_finds(fault: Fault) -> Callable[[], Bench]:
    def come_about() -> Bench:
        bench = flowing(Bench(), COUNTED)
        bench.send(Metered(COUNTED, True, True, found=Found(fault, "by the driver")), NS_PER_S // 9)
        return bench

    return come_about


def _silent(fault: Fault) -> Callable[[], Bench]:
    def come_about() -> Bench:
        bench = flowing(Bench(), COUNTED)
        bench.send(DeviceFailed(fault, "no answer"), NS_PER_S // 9)
        return bench

    return come_about


def _runs_on() -> Bench:
    bench = settling(Bench(), COUNTED)
    for _ in range(5):
        bench.meter(1, NS_PER_S)
    return bench


def _stays_fast() -> Bench:
    bench = flowing(Bench(), COUNTED)
    stopped = Stopped("not_slow", COUNTED * 1000, 0)
    bench.send(Metered(COUNTED, False, False, stopped=stopped), NS_PER_S // 9)
    return bench


def _chatters() -> Bench:
    bench = flowing(Bench(), COUNTED)
    bench.meter(200, NS_PER_S)
    return bench


def _no_reservation() -> Bench:
    bench = deciding(Bench())
    bench.wake()
    bench.wake()
    return bench


COME_ABOUT = MappingProxyType(
    {
        Fault.CONTACT_WELDED: lambda: _reads(settling, enable=True, limiter=False),
        Fault.LIMITER_WELDED: lambda: _reads(settling, enable=False, limiter=True),
        Fault.CONTACT_NOT_MADE: lambda: _reads(dispensing, enable=False, limiter=True),
        Fault.LIMITER_NOT_MADE: lambda: _reads(dispensing, enable=True, limiter=False),
        Fault.VALVE_NOT_SHUT: _runs_on,
        Fault.VALVE_NOT_SLOW: _stays_fast,
        Fault.PULSER_CHATTER: _chatters,
        Fault.PULSER_CHANNEL: _driver_finds(Fault.PULSER_CHANNEL),
        Fault.REVERSE_FLOW: _driver_finds(Fault.REVERSE_FLOW),
        Fault.INPUTS_DISAGREE: _driver_finds(Fault.INPUTS_DISAGREE),
        Fault.TOTALISER_LOST: _driver_finds(Fault.TOTALISER_LOST),
        Fault.UNCOUNTED: _driver_finds(Fault.UNCOUNTED),
        Fault.LIMITER_FAULT: _driver_finds(Fault.LIMITER_FAULT),
        Fault.PUMP_SILENT: _silent(Fault.PUMP_SILENT),
        Fault.LIMITER_SILENT: _silent(Fault.LIMITER_SILENT),
        Fault.READER_SILENT: _silent(Fault.READER_SILENT),
        Fault.STORE_SILENT: _no_reservation,
    }
)
"""How each comes about; a new fault needs its line here and in MEANING."""


@pytest.mark.parametrize("fault", Fault)
def test_each_fault_shuts_is_written_down_and_shown(fault: Fault) -> None:
    bench = COME_ABOUT[fault]()
    assert [a.fault for a in bench.actions if isinstance(a, RecordFault)] == [fault]
    assert Tell(Reason.PUMP_FAULT) in bench.actions
    assert (bench.state, bench.session.fault) == (State.FAULTED, fault)
    assert not bench.session.valve_open
    shutting = [a for a in bench.actions if isinstance(a, ShutValve)]
    assert shutting in ([ShutValve()], [])
    # Where nothing is told to shut, it was told before.
    assert shutting or fault in BEFORE


BEFORE = (
    Fault.CONTACT_WELDED,
    Fault.LIMITER_WELDED,
    Fault.VALVE_NOT_SHUT,
    Fault.STORE_SILENT,
)
"""Found while the valve is shut."""


@pytest.mark.parametrize("fault", Fault)
def test_each_fault_keeps_the_valve_shut_until_what_ends_it(fault: Fault) -> None:
    bench = COME_ABOUT[fault]()
    accounted_ml = _accounted_ml(_settle(bench)) + bench.session.stray_ml
    volume_ml = bench.session.rules.dosing.calibration.volume_ml
    assert accounted_ml == volume_ml(bench.session.pulses_total)
    opened: list[Action] = []
    for event in (NozzleHung(), CardPresented(OTHER_UID), NozzleLifted(), Woken()):
        opened += bench.send(event, NS_PER_S)
    assert not [a for a in opened if isinstance(a, Decide | OpenValve)]
    bench.send(NozzleHung())
    bench.send(CardPresented(TECHNICIAN_UID, technician=True), NS_PER_S)
    assert (RecordCleared(fault, TECHNICIAN_UID) in bench.actions) is fault.locks
    if not fault.locks:
        assert bench.state is State.FAULTED
        _recover(bench, fault)
        assert RecordCleared(fault, "itself") in bench.actions
    assert (bench.state, bench.session.fault) == (State.IDLE, None)


def _settle(bench: Bench) -> list[Action]:
    """Time passes over a shut valve, until the fill is recorded."""
    actions = list(bench.actions)
    for _ in range(8):
        if bench.session.fill is not None and bench.session.fill.recording:
            bench.send(SaleRecorded())
        actions += bench.meter(after_ns=10 * NS_PER_S)
    return actions


def _accounted_ml(actions: list[Action]) -> int:
    noted = [a for a in actions if isinstance(a, RecordSale | RecordUnauthorised)]
    return sum(a.volume_ml for a in noted)


def _recover(bench: Bench, fault: Fault) -> None:
    if fault is Fault.STORE_SILENT:
        bench.send(DecisionDenied(Reason.UNKNOWN_CARD, None))
    else:
        bench.send(DeviceRecovered(fault))


@pytest.mark.parametrize("fault", Fault)
def test_the_readme_has_a_row_for_each(fault: Fault) -> None:
    (row,) = [line for line in markdown().splitlines() if line.startswith(f"| `{fault}` |")]
    assert row.endswith("| a card |" if fault.locks else "| itself |")


def test_no_meaning_is_left_without_a_fault() -> None:
    assert set(MEANING) == set(COME_ABOUT) == set(Fault)
