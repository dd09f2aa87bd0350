"""Readers and pumps that fall silent, at every stage of a fill."""

import pytest

from gateway.core.actions import RecordFault, RecordSale, ShutValve
from gateway.core.events import DeviceFailed, SaleRecorded
from gateway.core.reasons import Fault
from gateway.core.session import State
from tests.core.bench import Bench, Reach, authorised, flowing, handed_over, recording, settling

SILENT_READER = DeviceFailed(Fault.READER_SILENT, "no answer")


@pytest.mark.parametrize("reach", [authorised, flowing])
def test_a_silent_reader_ends_the_fill_like_any_other_fault(reach: Reach) -> None:
    bench = reach(Bench())
    assert isinstance(bench.send(SILENT_READER)[0], ShutValve | RecordFault)
    assert bench.state is State.FAULTED
    assert not bench.session.valve_open


@pytest.mark.parametrize("reach", [settling, recording])
def test_a_fill_is_closed_without_its_reader(reach: Reach) -> None:
    bench = reach(Bench())
    before = bench.state
    assert bench.send(SILENT_READER) == [RecordFault(Fault.READER_SILENT, "no answer")]
    assert bench.state is before


def test_the_pump_waits_for_its_reader_once_the_fill_is_recorded() -> None:
    bench = recording(Bench())
    bench.send(SILENT_READER)
    bench.send(SaleRecorded())
    assert (bench.state, bench.session.fault) == (State.FAULTED, None)


def test_a_silent_pump_ends_the_fill_at_once_and_the_sale_is_kept() -> None:
    bench = flowing(Bench())
    actions = bench.send(DeviceFailed(Fault.PUMP_SILENT, "no answer"))
    assert actions[0] == ShutValve()
    assert bench.state is State.FAULTED
    (sale,) = handed_over(bench.wake())
    assert isinstance(sale, RecordSale)
    assert sale.volume_ml == 500
