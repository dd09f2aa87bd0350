"""The bypass key: nobody is served, every litre by it has an entry, and none is a vehicle's."""

import pytest

from gateway.core.actions import (
    Action,
    KeepLags,
    RecordBypass,
    RecordBypassed,
    RecordRefusal,
    RecordSale,
    RecordUnauthorised,
    ShutValve,
    Tell,
)
from gateway.core.events import (
    BypassTurned,
    CardPresented,
    DeviceFailed,
    DeviceRecovered,
    EmergencyReleased,
    EmergencyStopped,
    Metered,
    NozzleHung,
    NozzleLifted,
    SaleRecorded,
    StopRequested,
    StoreFailed,
)
from gateway.core.reasons import Fault, Reason, Status
from gateway.core.rules.observe import SHUTDOWN
from gateway.core.session import State
from gateway.core.session_rules import BYPASSED_ML, BYPASSED_NS, PAUSE_NS
from gateway.core.units import NS_PER_MS, NS_PER_S
from gateway.core.valve import Stopped
from tests.core.bench import (
    OTHER_UID,
    TECHNICIAN_UID,
    UID,
    Bench,
    Reach,
    authorised,
    deciding,
    dispensing,
    faulted,
    flowing,
    handed_over,
    recording,
    reserving,
    settling,
    stopped,
)

ON, OFF = BypassTurned(on=True), BypassTurned(on=False)
SHUTS_NS = 600 * NS_PER_MS
"""Valve and timer of the bench's pump."""


def keyed(bench: Bench) -> Bench:
    bench.send(ON)
    return bench


def by_key(actions: list[Action]) -> list[int]:
    return [a.volume_ml for a in actions if isinstance(a, RecordBypassed)]


def leaks(actions: list[Action]) -> list[int]:
    return [a.volume_ml for a in actions if isinstance(a, RecordUnauthorised)]


def test_a_card_is_refused_with_a_reason_of_its_own() -> None:
    bench = keyed(Bench())
    assert (bench.actions, bench.state) == (
        [RecordBypass(on=True), Tell(Reason.BYPASS_ON)],
        State.BYPASSED,
    )
    assert bench.send(CardPresented(UID)) == [
        RecordRefusal(Reason.BYPASS_ON, UID),
        Tell(Reason.BYPASS_ON),
    ]
    assert bench.send(ON) == []
    assert bench.send(OFF) == [RecordBypass(on=False), Tell(Status.READY)]
    assert bench.send(OFF) == []
    assert bench.state is State.IDLE


@pytest.mark.parametrize("reach", [deciding, reserving, authorised, faulted, stopped])
def test_flow_is_the_keys_in_whatever_state_it_was_turned(reach: Reach) -> None:
    bench = keyed(reach(Bench()))
    bench.meter(30)
    assert leaks(bench.actions) == []
    assert (bench.session.bypassed_ml, bench.session.stray_ml) == (300, 0)


def test_what_leaked_before_stays_a_leak() -> None:
    bench = Bench()
    bench.meter(9)
    keyed(bench).meter(50)
    bench.send(OFF)
    assert bench.session.stray_ml == 90
    assert leaks(bench.meter(1, after_ns=SHUTS_NS + 1)) == []
    assert leaks(bench.meter(1)) == [110 - 10]


def test_it_is_written_at_ten_litres() -> None:
    bench = keyed(Bench())
    assert by_key(bench.meter(BYPASSED_ML // 10 - 1)) == []
    assert by_key(bench.meter(1)) == [BYPASSED_ML]
    assert bench.session.bypassed_ml == 0


def test_it_is_written_half_a_minute_after_its_first_pulse_though_it_still_flows() -> None:
    bench = keyed(Bench())
    bench.meter(1, after_ns=NS_PER_S)
    began_ns = bench.now_ns
    for _ in range(29):
        assert by_key(bench.meter(1, after_ns=NS_PER_S)) == []
    assert by_key(bench.meter(1, after_ns=NS_PER_S - 1)) == []
    assert bench.wake_at_ns == began_ns + BYPASSED_NS
    (entry,) = bench.wake()
    assert entry == RecordBypassed(310, began_ns, bench.now_ns - 1)


def test_it_is_written_once_nothing_flows_any_more() -> None:
    bench = keyed(Bench())
    bench.meter(5)
    at_ns = bench.now_ns
    assert bench.wake_at_ns == at_ns + PAUSE_NS
    assert bench.wake() == [RecordBypassed(50, at_ns, at_ns)]
    assert bench.wake_at_ns is None


def test_the_rest_comes_with_the_valve_shut_after_the_key() -> None:
    bench = keyed(Bench())
    bench.meter(20)
    assert by_key(bench.send(OFF)) == []
    assert by_key(bench.meter(5, after_ns=SHUTS_NS - 1)) == []
    assert by_key(bench.meter(5, after_ns=1)) == [300]
    assert leaks(bench.meter(10)) == [100]


def test_what_waits_for_its_entry_wakes_a_free_pump() -> None:
    bench = keyed(Bench())
    bench.meter(1)
    bench.send(OFF)
    assert bench.state is State.IDLE
    assert by_key(bench.wake()) == [10]
    assert bench.wake_at_ns is None


def test_no_more_runs_out_after_the_key_than_the_stop_bound() -> None:
    bench = keyed(Bench())
    bench.send(OFF)
    bound_ml = bench.session.rules.dosing.stop_bound_ml
    actions = bench.meter(bound_ml // 10 + 20, after_ns=NS_PER_MS)
    assert (by_key(actions), leaks(actions)) == ([bound_ml], [200])


def test_going_down_all_of_it_is_written() -> None:
    bench = keyed(Bench())
    bench.meter(5)
    assert by_key(bench.send(StopRequested(SHUTDOWN))) == [50]


def test_a_fill_is_shut_at_once_and_keeps_what_its_valve_lets_through() -> None:
    bench = flowing(Bench(), 50)
    assert bench.send(ON)[:2] == [ShutValve(), RecordBypass(on=True)]
    bench.meter(20, after_ns=SHUTS_NS - 1)
    assert (bench.session.delivered_ml, bench.session.bypassed_ml) == (700, 0)
    (sale,) = handed_over(bench.meter(1, after_ns=1))
    assert isinstance(sale, RecordSale)
    assert (sale.volume_ml, sale.ended_by) == (710, "bypass_on")
    bench.meter(40)
    assert (bench.session.delivered_ml, bench.session.bypassed_ml) == (710, 400)
    bench.send(SaleRecorded())
    assert (bench.state, bench.session.fill) == (State.BYPASSED, None)
    assert by_key(bench.wake()) == [400]


def test_a_fill_is_cut_when_its_time_is_over_though_nothing_is_read() -> None:
    bench = flowing(Bench(), 50)
    bench.send(ON)
    assert bench.wake_at_ns == bench.now_ns + SHUTS_NS
    (sale,) = handed_over(bench.wake())
    assert isinstance(sale, RecordSale)
    assert sale.volume_ml == 500


def test_a_fill_gets_no_more_of_it_than_it_had_reserved() -> None:
    bench = flowing(Bench(), 50)
    reserved_ml = bench.session.the_fill.reserved_ml
    bench.send(ON)
    (sale,) = handed_over(bench.meter(1000, after_ns=3 * NS_PER_S))
    assert isinstance(sale, RecordSale)
    assert sale.volume_ml == reserved_ml
    assert bench.session.bypassed_ml == 10_500 - reserved_ml


def test_what_a_fill_took_before_the_key_stays_its_own() -> None:
    bench = flowing(Bench(stop_ml=1000), 50)
    bench.send(StopRequested("attendant"))
    bench.meter(200, after_ns=NS_PER_MS)
    bench.send(ON)
    (sale,) = handed_over(bench.meter(10, after_ns=SHUTS_NS))
    assert isinstance(sale, RecordSale)
    assert sale.volume_ml == 2500
    assert bench.session.bypassed_ml == 100


def test_a_fill_that_was_closing_long_before_the_key_ends_with_it() -> None:
    bench = settling(Bench(), 50)
    bench.meter(3, after_ns=SHUTS_NS + NS_PER_MS)
    (sale,) = handed_over(bench.send(ON))
    assert isinstance(sale, RecordSale)
    assert sale.volume_ml == 530


def test_a_key_turned_on_and_off_within_the_valves_time_gives_a_fill_no_more() -> None:
    bench = flowing(Bench(), 50)
    bench.send(ON)
    bench.meter(10, after_ns=200 * NS_PER_MS)
    bench.send(OFF)
    assert bench.state is State.SETTLING
    (sale,) = handed_over(bench.meter(20, after_ns=400 * NS_PER_MS))
    assert isinstance(sale, RecordSale)
    assert sale.volume_ml == 800
    bench.meter(5, after_ns=NS_PER_MS)
    assert bench.session.bypassed_ml == 50


def test_nothing_is_learned_of_a_valve_past_which_fuel_flowed() -> None:
    bench = flowing(Bench(), 50)
    end = bench.session.pulses_total + 5
    shut = Stopped("limit", end * 1000, 100_000)
    bench.send(Metered(end, False, False, shut), after_ns=NS_PER_MS)
    bench.send(ON)
    actions = bench.send(Metered(end + 40, False, False, shut), after_ns=SHUTS_NS)
    assert handed_over(actions)
    assert not [a for a in actions if isinstance(a, KeepLags)]


def test_an_entry_waits_for_the_sale_before_it() -> None:
    bench = keyed(recording(Bench()))
    assert by_key(bench.meter(BYPASSED_ML // 10)) == []
    bench.send(StoreFailed(Reason.STORAGE_FULL))
    assert by_key(bench.meter(1)) == []
    assert by_key(bench.send(SaleRecorded())) == [BYPASSED_ML + 10]


def test_the_emergency_stop_goes_before_it() -> None:
    bench = stopped(keyed(Bench()))
    assert bench.session.stop_pressed
    assert bench.send(EmergencyReleased()) == [Tell(Reason.BYPASS_ON)]
    bench.send(EmergencyStopped())
    assert bench.send(OFF) == [RecordBypass(on=False)]
    assert bench.session.stop_pressed
    bench.send(EmergencyReleased())
    assert bench.state is State.IDLE


def test_a_key_turned_while_stopped_counts_after_it() -> None:
    bench = keyed(stopped(Bench()))
    assert (bench.actions, bench.state) == ([RecordBypass(on=True)], State.EMERGENCY_STOP)
    bench.send(EmergencyReleased())
    assert bench.state is State.BYPASSED


def test_a_fault_is_written_meanwhile_and_shows_afterwards() -> None:
    bench = faulted(keyed(Bench()))
    assert (bench.state, bench.session.fault) == (State.BYPASSED, Fault.PULSER_CHATTER)
    bench.send(OFF)
    assert bench.state is State.FAULTED
    keyed(bench).send(CardPresented(TECHNICIAN_UID, technician=True))
    assert (bench.state, bench.session.fault) == (State.BYPASSED, None)


def test_nobody_waits_in_line_behind_a_key() -> None:
    bench = settling(Bench())
    bench.send(CardPresented(OTHER_UID))
    bench.send(ON)
    bench.wake()
    bench.send(SaleRecorded())
    bench.send(OFF)
    assert bench.state is State.IDLE


def test_a_nozzle_in_a_tank_hangs_before_anybody_is_served() -> None:
    bench = keyed(Bench())
    bench.send(NozzleLifted())
    bench.send(OFF)
    dispensing(bench)
    assert not bench.session.valve_open
    bench.send(NozzleHung())
    bench.send(NozzleLifted())
    assert bench.session.valve_open


def test_what_a_silent_counter_tells_late_is_still_the_keys() -> None:
    bench = Bench()
    bench.send(DeviceFailed(Fault.LIMITER_SILENT, ""))
    bench.send(ON)
    bench.send(OFF, after_ns=60 * NS_PER_S)
    actions = bench.meter(900, after_ns=60 * NS_PER_S)
    assert (by_key(actions), leaks(actions)) == ([9000], [])
    bench.send(DeviceRecovered(Fault.LIMITER_SILENT))
    assert leaks(bench.meter(10)) == [100]


def test_a_fill_whose_counter_is_silent_waits_for_its_count() -> None:
    bench = flowing(Bench(), 50)
    bench.send(DeviceFailed(Fault.LIMITER_SILENT, ""))
    bench.send(ON)
    assert bench.wake_at_ns is not None
    assert bench.wake_at_ns > bench.now_ns + SHUTS_NS
    (sale,) = handed_over(bench.meter(20, after_ns=SHUTS_NS))
    assert isinstance(sale, RecordSale)
    assert sale.volume_ml == 700
